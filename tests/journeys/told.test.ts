import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { ModelRequest } from "../../packages/server/src/core/ports.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { join, next } from "./world.ts";

test("whoever runs cells and asks why the last one failed is understood: the model has them before it, within bounds", async () => {
  await withFolder(async (folder) => {
    const script = { "why did that fail?": [[{ keep: "asked" }, { text: "no apples" }]] };
    await using daemon = await startDaemon({ home: path(folder, "home"), script });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    const run = async (code: string) => {
      const finished = next(at, "cell.finished");
      await mia.request("session/python", { sessionId, code });
      await finished;
    };
    for (let n = 0; n < 12; n++) await run(`print("${n} " * 10_000)`);
    await run("apples = {}\napples['red']");
    const over = next(at, "turn.ended");
    await mia.request("session/input", { sessionId, text: "why did that fail?" });
    await over;

    const { messages } = JSON.parse(readFileSync(path(folder, "asked"), "utf8")) as ModelRequest;
    const said = messages.map((message) => (message.role === "user" ? message.text : ""));
    expect(said.at(-1)).toBe("why did that fail?");
    expect(said.at(-2)).toMatch(
      /^\[py\] mia ran cell \d+:\napples = \{\}\napples\['red'\]\n\[error\]\n[^]*KeyError: 'red'/,
    );
    expect(said.at(-3)).toContain("11 11 11");
    expect(said[0]).toMatch(/^\[py\] mia ran cell \d+:\nprint\("0 " \* 10_000\)$/);
    expect(Buffer.byteLength(said.slice(0, -1).join(""))).toBeLessThanOrEqual(24 * 1024);
    mia.close();
  });
});
