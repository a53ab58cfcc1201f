import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { join, next } from "./world.ts";

const reader = fileURLToPath(new URL("reader.ts", import.meta.url));
const megabytesOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

test("a reader that was stopped harms nobody: the others see everything, the daemon does not grow, and it catches up when it goes on", async () => {
  await withFolder(async (folder) => {
    // 24 MB of words: many times what may wait for one connection.
    const flood = { go: [[{ text: `${"w".repeat(999)} `, times: 24_000 }]] };
    await using daemon = await startDaemon({ home: path(folder, "home"), script: flood });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    const stopped = spawn(process.execPath, [reader, daemon.socket, daemon.token, sessionId], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface(stopped.stdout)[Symbol.asyncIterator]();
    try {
      expect((await lines.next()).value).toBe("attached");
      stopped.kill("SIGSTOP");
      const before = megabytesOf(daemon.pid);
      let seen = 0;
      at.onChange((change) => {
        if (change.is === "event" && change.recorded.event.type === "text.closed")
          seen += change.recorded.event.text.length;
      });
      const ended = next(at, "turn.ended");
      await mia.request("session/input", { sessionId, text: "go" });
      const end = await ended;
      expect(seen).toBe(24_000_000);
      expect(megabytesOf(daemon.pid) - before).toBeLessThan(150);
      stopped.kill("SIGCONT");
      expect((await lines.next()).value).toBe(`seq ${end.seq}`);
    } finally {
      stopped.kill("SIGCONT");
      stopped.kill("SIGKILL");
      mia.close();
    }
  });
}, 60_000);
