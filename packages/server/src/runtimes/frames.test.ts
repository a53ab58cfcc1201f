import fc from "fast-check";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { readFrames, writeFrame } from "./frames.ts";

function reading(limit = 1 << 20) {
  const stream = new PassThrough();
  const frames: unknown[] = [];
  const nonsense: string[] = [];
  readFrames(
    stream,
    limit,
    (frame) => frames.push(frame),
    (why) => nonsense.push(why),
  );
  return { stream, frames, nonsense };
}

const bytesOf = (...frames: object[]): Buffer => {
  const stream = new PassThrough();
  for (const frame of frames) writeFrame(stream, frame);
  return (stream.read() as Buffer | null) ?? Buffer.alloc(0);
};

describe("frames", () => {
  it("arrive whole and in order, however their bytes are cut", () => {
    const frame = fc.record({ text: fc.string({ unit: "binary" }), number: fc.integer() });
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat({ max: 50 })), (sent, cuts) => {
        const { stream, frames } = reading();
        let rest = bytesOf(...sent);
        for (const cut of cuts) {
          stream.emit("data", rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        stream.emit("data", rest);
        expect(frames).toEqual(sent.map((one) => JSON.parse(JSON.stringify(one)) as object));
      }),
    );
  });

  it("that are announced too large end the reading before they are held", () => {
    const { stream, frames, nonsense } = reading(100);
    stream.emit("data", bytesOf({ fits: true }));
    stream.emit("data", Buffer.from([101, 0, 0, 0]));
    stream.emit("data", bytesOf({ never: "read" }));
    expect(frames).toEqual([{ fits: true }]);
    expect(nonsense).toEqual(["a frame of 101 bytes, 100 are allowed"]);
  });

  it("of just the size that is allowed arrive", () => {
    const { stream, frames } = reading(13);
    stream.emit("data", bytesOf({ size: 1234 }));
    stream.emit("data", bytesOf({ size: 5 }));
    expect(frames).toEqual([{ size: 1234 }, { size: 5 }]);
  });

  it("that are no JSON end the reading", () => {
    const { stream, frames, nonsense } = reading();
    stream.emit("data", Buffer.from([2, 0, 0, 0, 0xff, 0x7b]));
    stream.emit("data", bytesOf({ never: "read" }));
    expect(frames).toEqual([]);
    expect(nonsense).toEqual(["a frame that is no JSON"]);
  });
});
