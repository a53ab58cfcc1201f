import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createReader, opcodes, writeClose, writeFrame } from "../../packages/protocol/src/client/rfc6455.ts";
import { binary, close, frame, more, ping, pong, text } from "./bytes.ts";

type Heard = ["text", string] | ["ping", string] | ["closed", number, string] | ["broken", number];

/** What a reader says to these chunks. */
function hear(chunks: readonly Buffer[], limit = 1024 * 1024): Heard[] {
  const heard: Heard[] = [];
  const read = createReader(
    {
      text: (said) => heard.push(["text", said]),
      ping: (payload) => heard.push(["ping", payload.toString("hex")]),
      closed: (code, reason) => heard.push(["closed", code, reason]),
      broken: (code) => heard.push(["broken", code]),
    },
    limit,
  );
  for (const chunk of chunks) read(chunk);
  return heard;
}

const cutAt = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const edges = [0, ...places.toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
};

describe("what the daemon says", () => {
  const story = Buffer.concat([
    text("one"),
    text("größer 🙂"),
    ping("p"),
    text("frag", false),
    ping("in between"),
    pong("nobody asked"),
    more("ment", false),
    more("", false),
    more("ed"),
    binary(Buffer.from([0xff, 0xfe])),
    text("x".repeat(126)),
    text("y".repeat(65536)),
    text(""),
    close(4410, "leaving 👋"),
  ]);
  const told: Heard[] = [
    ["text", "one"],
    ["text", "größer 🙂"],
    ["ping", Buffer.from("p").toString("hex")],
    ["ping", Buffer.from("in between").toString("hex")],
    ["text", "fragmented"],
    ["text", "x".repeat(126)],
    ["text", "y".repeat(65536)],
    ["text", ""],
    ["closed", 4410, "leaving 👋"],
  ];

  test("arrives the same whether it comes in one piece or byte by byte", () => {
    expect(hear([story])).toEqual(told);
    expect(hear(Array.from(story, (byte) => Buffer.from([byte])))).toEqual(told);
  });

  test("arrives the same wherever it is cut in two", () => {
    // The long run of y is one place like another: its edges are tried, not each of its bytes.
    const places = Array.from(story.keys()).filter((at) => at < 400 || at > story.length - 200);
    for (const at of places) expect(hear(cutAt(story, [at])), `cut at ${at}`).toEqual(told);
  });

  test("arrives the same however it is fragmented, interrupted and cut", () => {
    const size = fc.oneof(fc.constantFrom(0, 1, 125, 126, 127, 65535, 65536, 70000), fc.nat(300));
    const message = fc.record({
      size,
      pieces: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
      pings: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
        (messages, cuts) => {
          const sent: Heard[] = [];
          const bytes = Buffer.concat(
            messages.flatMap(({ size: length, pieces, pings }) => {
              const whole = Buffer.from("aé漢🙂".repeat(length).slice(0, length).toWellFormed());
              const parts = cutAt(
                whole,
                pieces.map((place) => Math.floor(place * whole.length)),
              );
              const frames = parts.map((part, index) => (index === 0 ? text : more)(part, index === parts.length - 1));
              sent.push(...(pings ? parts.map((): Heard => ["ping", ""]) : []), ["text", whole.toString("utf8")]);
              return pings ? frames.flatMap((one) => [ping(), one]) : frames;
            }),
          );
          expect(
            hear(
              cutAt(
                bytes,
                cuts.map((place) => Math.floor(place * bytes.length)),
              ),
            ),
          ).toEqual(sent);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a daemon that breaks the protocol is left with the code that says how", () => {
  const half = Buffer.from("🙂").subarray(0, 2);
  const endless = Buffer.concat([text("", false), ...Array.from({ length: 20_000 }, () => more("x", false))]);
  const breaches: [string, Buffer, number, limit?: number][] = [
    ["a reserved bit", frame({ opcode: 1, payload: "a", reserved: 0x40 }), 1002],
    ["a masked frame", frame({ opcode: 1, payload: "a", mask: true }), 1002],
    ["an unknown data opcode", frame({ opcode: 3 }), 1002],
    ["an unknown control opcode", frame({ opcode: 11 }), 1002],
    ["a fragmented ping", frame({ opcode: 9, fin: false }), 1002],
    ["a ping of 126 bytes", ping("p".repeat(126)), 1002],
    ["a continuation of nothing", more("a"), 1002],
    ["a text inside a text", Buffer.concat([text("a", false), text("b")]), 1002],
    ["a binary inside a text", Buffer.concat([text("a", false), binary("b")]), 1002],
    ["invalid UTF-8", text(Buffer.from([0xff])), 1007],
    ["half a character at the end", text(half), 1007],
    ["a surrogate written as bytes", text(Buffer.from([0xed, 0xa0, 0x80])), 1007],
    ["invalid UTF-8 over two fragments", Buffer.concat([text(half, false), more("a")]), 1007],
    ["a close of one byte", frame({ opcode: 8, payload: "a" }), 1002],
    ["close code 1006", close(1006), 1002],
    ["close code 999", close(999), 1002],
    ["close code 5000", close(5000), 1002],
    ["a close reason of invalid UTF-8", close(1000, Buffer.from([0xff])), 1007],
    ["a message over the limit", text("x".repeat(1001)), 1009],
    ["fragments over the limit", Buffer.concat([text("x".repeat(600), false), more("x".repeat(401))]), 1009],
    ["a length of 2^53", frame({ opcode: 1, says: 2n ** 53n }), 1009],
    ["a length of 2^64 - 1", frame({ opcode: 1, says: 2n ** 64n - 1n }), 1009],
    ["fragments without end", endless, 1009, 1024 * 1024],
  ];
  test.each(breaches)("%s", (_name, bytes, code, limit = 1000) => {
    const places = bytes.length > 2000 ? [bytes.length - 1] : Array.from(bytes.keys());
    for (const at of places) expect(hear(cutAt(bytes, [at]), limit), `cut at ${at}`).toEqual([["broken", code]]);
  });

  test("a length over the limit is refused before its bytes are waited for", () => {
    expect(hear([frame({ opcode: 1, says: 2000n })], 1000)).toEqual([["broken", 1009]]);
  });

  test("a continuation after the end of its message", () => {
    const bytes = Buffer.concat([text("a", false), more("b"), more("c")]);
    expect(hear([bytes])).toEqual([
      ["text", "ab"],
      ["broken", 1002],
    ]);
  });

  test("nothing is read after a breach or a close", () => {
    expect(hear([more("a"), text("later")])).toEqual([["broken", 1002]]);
    expect(hear([Buffer.concat([close(1000, "bye"), text("later")]), text("later")])).toEqual([
      ["closed", 1000, "bye"],
    ]);
  });

  test("empty fragments take no memory, and a message may have thousands of others", () => {
    const empty = Array.from({ length: 50_000 }, () => more("", false));
    expect(hear([text("a", false), ...empty, more("b")])).toEqual([["text", "ab"]]);
    const small = Array.from({ length: 9_000 }, () => more("x", false));
    expect(hear([text("", false), ...small, more("")])).toEqual([["text", "x".repeat(9_000)]]);
  });

  test("no bytes whatever make the reader throw", () => {
    const bytes = fc.array(
      fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(text("a"), text("b", false), more("c"), ping())),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(bytes, (chunks) => {
        const heard = hear(
          chunks.map((chunk) => Buffer.from(chunk)),
          1000,
        );
        const last = heard.findIndex(([is]) => is === "broken" || is === "closed");
        expect(last === -1 || last === heard.length - 1).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what a client says", () => {
  /** A frame as a server reads it: unmasked. */
  function unmasked(bytes: Buffer): { first: number; masked: boolean; payload: Buffer } {
    const short = bytes[1]! & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    const size = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    const mask = bytes.subarray(start, start + 4);
    const payload = Buffer.from(bytes.subarray(start + 4)).map((byte, index) => byte ^ mask[index & 3]!);
    expect(payload.length).toBe(size);
    return { first: bytes[0]!, masked: (bytes[1]! & 0x80) !== 0, payload: Buffer.from(payload) };
  }

  test.each([0, 1, 125, 126, 65535, 65536, 100_000])("a text of %i bytes is one whole masked frame", (size) => {
    const { first, masked, payload } = unmasked(writeFrame(opcodes.text, "x".repeat(size)));
    expect([first, masked, payload.toString()]).toEqual([0x81, true, "x".repeat(size)]);
  });

  test("masks differ from frame to frame", () => {
    const masks = new Set(Array.from({ length: 20 }, () => writeFrame(opcodes.text, "a").toString("hex", 2, 6)));
    expect(masks.size).toBeGreaterThan(15);
  });

  test("a close says its code and as much of its reason as fits, cut between characters", () => {
    const { first, payload } = unmasked(writeClose(4400, "🙂".repeat(40)));
    expect([first, payload.readUInt16BE(0), payload.subarray(2).toString()]).toEqual([0x88, 4400, "🙂".repeat(30)]);
    expect(unmasked(writeClose(1000, "bye")).payload.subarray(2).toString()).toBe("bye");
    expect(unmasked(writeClose(1006, "never sent")).payload.length).toBe(0);
  });
});
