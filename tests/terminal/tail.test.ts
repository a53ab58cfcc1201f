import { spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Keys, composer, markdown and tail together, between a real terminal's two ends. */

test("what is typed, pasted and sent in a window that changes stands there once, and the next program finds the terminal as it was", async () => {
  const terminal = new headless.Terminal({ cols: 60, rows: 12, allowProposedApi: true, scrollback: 1_000 });
  const child = fileURLToPath(new URL("tail.child.ts", import.meta.url));
  const pty = spawn(process.execPath, [child], { cols: 60, rows: 12, env: { PATH: process.env["PATH"] ?? "" } });
  const changes = new EventEmitter();
  pty.onData((data) => terminal.write(data, () => changes.emit("change")));
  const left = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  const lines = () => {
    const buffer = terminal.buffer.active;
    const all = Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i)?.translateToString(true) ?? "");
    return all.slice(0, all.findLastIndex((line) => line !== "") + 1);
  };
  const sees = async (what: string) => {
    while (!lines().some((line) => line.includes(what))) await once(changes, "change");
  };

  await sees("ai>");
  pty.write("**bold** and\x1b[13;2u- item");
  await sees("... - item");
  pty.write("\r");
  await sees("• item");
  pty.resize(40, 12);
  terminal.resize(40, 12);
  pty.write(`\x1b[200~${"row\r".repeat(30)}\x1b[201~`);
  await sees("[paste 1: 31 lines]");
  pty.write("\x7fdone\r");
  await sees("done");
  pty.write("\x04");
  expect(await left).toBe(0);
  await sees("left with");
  expect(lines()).toEqual(["bold and", "• item", "done", "left with 0 characters"]);
});
