import { expect, it } from "vitest";
import { interruptBuffer, sigint } from "./shared.ts";

it("an interrupt that comes between Pyodide's look at the signal byte and its clearing is not lost", () => {
  const byte = new Uint8Array(new SharedArrayBuffer(1));
  const buffer = interruptBuffer(byte);
  expect(buffer[0]).toBe(0);
  Atomics.store(byte, 0, sigint);
  buffer[0] = 0;
  expect(buffer[0]).toBe(sigint);
  buffer[0] = 0;
  expect([buffer[0], byte[0]]).toEqual([0, 0]);
});
