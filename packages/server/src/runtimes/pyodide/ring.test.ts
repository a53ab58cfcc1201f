import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ringBytes, ringReader, ringWriter } from "./ring.ts";

const neverInterrupted = () => false;
const joined = (pieces: { bytes: Uint8Array }[]) => Buffer.concat(pieces.map(({ bytes }) => bytes));

describe("output through the ring", () => {
  it("comes out as it went in, however it is written and read", () => {
    const part = fc.record({
      stream: fc.constantFrom(1 as const, 2 as const),
      size: fc.nat({ max: 60_000 }),
      read: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const shared = new SharedArrayBuffer(ringBytes);
        const read = ringReader(shared);
        const write = ringWriter(shared, () => {}, neverInterrupted);
        const sent: string[] = [];
        const got: string[] = [];
        const take = () => {
          for (const { stream, bytes } of read()) got.push(...Array.from(bytes, (byte) => `${stream} ${byte}`));
        };
        let held = 0;
        for (const [index, { stream, size, read: reads }] of parts.entries()) {
          const bytes = new Uint8Array(size).fill(index);
          if (reads || held + size > 200_000) {
            take();
            held = 0;
          }
          write(stream, bytes);
          held += size;
          sent.push(...Array.from(bytes, (byte) => `${stream} ${byte}`));
        }
        take();
        expect(got).toEqual(sent);
      }),
      { numRuns: 20 },
    );
  });

  it("wakes the reader once for all it has not taken yet", () => {
    const shared = new SharedArrayBuffer(ringBytes);
    let woken = 0;
    const read = ringReader(shared);
    const write = ringWriter(shared, () => woken++, neverInterrupted);
    for (let times = 0; times < 10; times++) write(1, Buffer.from("again"));
    expect(woken).toBe(1);
    expect(joined(read()).toString()).toBe("again".repeat(10));
    write(1, Buffer.from("anew"));
    expect(woken).toBe(2);
  });

  it("that finds no room waits, and is given up by an interrupt", () => {
    const shared = new SharedArrayBuffer(ringBytes);
    const read = ringReader(shared);
    let looks = 0;
    const write = ringWriter(
      shared,
      () => {},
      () => ++looks > 2,
    );
    const written = write(1, new Uint8Array(10_000_000));
    expect(written).toBeLessThan(ringBytes);
    expect(joined(read()).length).toBe(written);
  });

  it("is refused when there is more of it than the ring holds", () => {
    const shared = new SharedArrayBuffer(ringBytes);
    const held = ringBytes - 8;
    // Empty pieces all around it: each alone is well formed.
    new Uint8Array(shared, 8).set(Array.from({ length: held }, (_, at) => (at % 3 === 0 ? 1 : 0)));
    new Int32Array(shared, 0, 2).set([held + 3, 0]);
    expect(ringReader(shared)).toThrow("the output ring is corrupt");
  });

  it("is refused when it was tampered with", () => {
    for (const [end, start, filling] of [
      [5, 0, 0],
      [-1, 0, 0],
      [1 << 20, 0, 0],
      [0, 1, 0],
      [5, 0, 1],
      [1 << 20, 0, 1],
    ] as const) {
      const shared = new SharedArrayBuffer(ringBytes);
      new Uint8Array(shared).fill(filling);
      new Int32Array(shared, 0, 2).set([end, start]);
      expect(ringReader(shared)).toThrow("the output ring is corrupt");
    }
  });
});
