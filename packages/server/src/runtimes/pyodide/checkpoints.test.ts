import { describe, expect, it } from "vitest";
import { checkpoints } from "./checkpoints.ts";

/** A memory like Pyodide's, which may only grow. */
function memoryOf(bytes: number[]) {
  const module = { HEAPU8: Uint8Array.from(bytes) };
  return { module, ...checkpoints({ _module: module } as never) };
}

describe("a checkpoint of the memory", () => {
  it("brings back what was there, and leaves nothing of what was added since", () => {
    const { module, take, restore } = memoryOf([1, 2, 3]);
    const checkpoint = String(take());
    module.HEAPU8 = Uint8Array.from([9, 9, 9, 9, 9]);
    expect(restore(checkpoint)).toBe(true);
    expect([...module.HEAPU8]).toEqual([1, 2, 3, 0, 0]);
  });

  it("takes the place of older ones when all are too large together", () => {
    const { module, take, restore } = memoryOf([1]);
    module.HEAPU8 = { slice: () => ({ length: 200 << 20 }), set: () => {}, fill: () => {} } as never;
    const [first, second, third] = [take(), take(), take()].map(String);
    expect([first, second, third].map((one) => restore(String(one)))).toEqual([false, true, true]);
  });

  it("is none where the machine has no room for it", () => {
    const { module, take } = memoryOf([1]);
    module.HEAPU8 = { slice: () => new Uint8Array(2 ** 53) } as unknown as Uint8Array<ArrayBuffer>;
    expect(take()).toBeUndefined();
  });
});
