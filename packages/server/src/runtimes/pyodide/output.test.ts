import { once } from "node:events";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readFrames } from "../frames.ts";
import { outputSender } from "./output.ts";
import type { Piece } from "./ring.ts";

let printed: Piece[];
const take = () => printed.splice(0);
const print = (text: string, stream: 1 | 2 = 1) => void printed.push({ stream, bytes: Buffer.from(text) });

beforeEach(() => {
  printed = [];
  vi.useFakeTimers({ toFake: ["setTimeout"] });
});
afterEach(() => void vi.useRealTimers());

function listening(daemon: PassThrough): string[] {
  const heard: string[] = [];
  readFrames(
    daemon,
    1 << 20,
    (frame) => heard.push(`${(frame as { stream: string }).stream}: ${(frame as { text: string }).text}`),
    (why) => heard.push(why),
  );
  return heard;
}

it("what is printed piece by piece is sent as one, each stream apart", async () => {
  const daemon = new PassThrough();
  const heard = listening(daemon);
  const output = outputSender(take, daemon);
  print("one ");
  output.sendSoon();
  print("line\n");
  print("trouble\n", 2);
  output.sendSoon();
  await vi.runAllTimersAsync();
  expect(heard).toEqual(["stdout: one line\n", "stderr: trouble\n"]);
});

it("what is printed while output is sent is sent too, though nobody says that it is there", async () => {
  const daemon = new PassThrough();
  const heard = listening(daemon);
  const output = outputSender(take, daemon);
  print("first");
  output.send();
  print("second");
  await vi.runAllTimersAsync();
  expect(heard).toEqual(["stdout: first", "stdout: second"]);
});

it("a daemon that does not read is sent nothing more until it has read", async () => {
  const daemon = new PassThrough({ highWaterMark: 16 });
  const output = outputSender(take, daemon);
  print("what it does not read");
  output.send();
  print("what waits");
  output.sendSoon();
  await vi.runAllTimersAsync();
  expect(printed).toHaveLength(1);

  const drained = once(daemon, "drain");
  const heard = listening(daemon);
  await drained;
  await vi.runAllTimersAsync();
  expect(printed).toEqual([]);
  expect(heard).toEqual(["stdout: what it does not read", "stdout: what waits"]);
});
