import { readFileSync } from "node:fs";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { ModelRequest } from "../../packages/server/src/core/ports.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { join, next } from "./world.ts";

const look = { call: { tool: "eval_expr", input: { expression: "1" } } };
/** Three steps, and what the model is asked in each. */
const script = {
  "*": [
    [{ keep: "first" }, look],
    [{ keep: "second" }, { gate: "go" }, look],
    [{ keep: "third" }, { text: "done" }],
  ],
};

async function inProject(config: string, use: (at: Awaited<ReturnType<typeof enter>>) => Promise<void>): Promise<void> {
  await withFolder(async (made) => {
    const folder = await realpath(made);
    await mkdir(path(folder, "p/.git"), { recursive: true });
    await mkdir(path(folder, "p/sub"));
    await writeFile(path(folder, "p/AGENTS.md"), "Use tabs.");
    await writeFile(path(folder, "p/sub/AGENTS.md"), "Use spaces.");
    await mkdir(path(folder, "home/config"), { recursive: true, mode: 0o700 });
    await writeFile(path(folder, "home/config/config.toml"), config.replaceAll("FOLDER", folder), { mode: 0o600 });
    await use(await enter(folder));
  });
}

async function enter(folder: string) {
  const home = path(folder, "home");
  const daemon = await startDaemon({ home, script });
  const mia = join(daemon, "mia");
  const { id: sessionId } = await mia.request("session/create", {
    cwd: path(folder, "p/sub"),
    model: "scripted/script",
  });
  const at = await mia.attach(sessionId);
  const systemOf = (step: string) => (JSON.parse(readFileSync(path(folder, step), "utf8")) as ModelRequest).system;
  return {
    folder,
    mia,
    sessionId,
    project: path(folder, "p"),
    systemOf,
    say: (text: string) => mia.request("session/input", { sessionId, text }),
    ended: () => next(at, "turn.ended"),
    second: () => next(at, "call.finished"),
    leave: async () => {
      mia.close();
      await daemon.kill();
    },
  };
}

test("a project's AGENTS.md files are told to the model once a person trusts it, from the next turn on, and not before", async () => {
  await inProject("", async ({ folder, mia, sessionId, project, systemOf, say, ended, second, leave }) => {
    try {
      const paths = ["AGENTS.md", "sub/AGENTS.md"];
      const { request } = mia;
      expect(await request("session/project", { sessionId })).toEqual({
        folder: project,
        trusted: false,
        answered: false,
        instructions: paths,
      });
      await expect(request("session/trust", { sessionId, folder: path(project, "sub") })).rejects.toMatchObject({
        code: "conflict",
      });

      const [called, over] = [second(), ended()];
      await say("one");
      await called;
      await request("session/trust", { sessionId, folder: project });
      await writeFile(path(folder, "go"), "");
      await over;
      // Within a turn the prompt stays, byte for byte.
      expect(systemOf("first")).not.toContain("tabs");
      expect([systemOf("second"), systemOf("third")]).toEqual([systemOf("first"), systemOf("first")]);

      const again = ended();
      await say("two");
      await again;
      expect(systemOf("first")).toContain(
        '<file path="AGENTS.md">\nUse tabs.\n</file>\n<file path="sub/AGENTS.md">\nUse spaces.\n</file>',
      );
      expect([systemOf("second"), systemOf("third")]).toEqual([systemOf("first"), systemOf("first")]);
      expect((await request("session/project", { sessionId })).trusted).toBe(true);
    } finally {
      await leave();
    }
  });
});

test("an edit in the middle of a turn is told from the next turn on; what lies below a folder of the config needs no question", async () => {
  await inProject('trust = ["FOLDER"]', async ({ folder, project, systemOf, say, ended, second, leave }) => {
    try {
      const [called, over] = [second(), ended()];
      await say("one");
      await called;
      await writeFile(path(project, "AGENTS.md"), "Use three blanks.");
      await writeFile(path(folder, "go"), "");
      await over;
      expect(systemOf("first")).toContain("Use tabs.");
      expect([systemOf("second"), systemOf("third")]).toEqual([systemOf("first"), systemOf("first")]);
      const again = ended();
      await say("two");
      await again;
      expect(systemOf("first")).toContain("Use three blanks.");
    } finally {
      await leave();
    }
  });
});
