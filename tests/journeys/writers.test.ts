import { readFileSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { type Attachment, type Client } from "../../packages/protocol/src/client/index.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { call } from "./hands.ts";
import { idle, join, logOf, until } from "./world.ts";

/** The assistant wants to change files, and people are asked, by the real daemon. */

const done = [{ text: "done" }];
const script = {
  edit: [
    [call("read", { path: "a.txt" })],
    [call("edit", { path: "a.txt", edits: [{ oldText: "one", newText: "two" }] })],
    done,
  ],
  write: [[call("write", { path: "new.txt", content: "made\n" })], done],
};

/** A session in which something was asked for that people must answer. */
async function asked(client: Client, cwd: string, text: string): Promise<{ at: Attachment; sessionId: string }> {
  const { id: sessionId } = await client.request("session/create", { cwd, model: "scripted/script", mode: "ask" });
  const at = await client.attach(sessionId);
  await client.request("session/input", { sessionId, text });
  await until(at, ({ now }) => now.view.asks.length > 0);
  return { at, sessionId };
}

async function allow(client: Client, { at, sessionId }: { at: Attachment; sessionId: string }) {
  const [ask] = at.now.view.asks;
  await client.request("session/answer", { sessionId, askId: ask?.id ?? 0, allow: true });
  await until(at, (now) => idle(now) && now.now.view.items.at(-1)?.kind === "text");
  return logOf(client, sessionId);
}

test("people are shown what would change, line by line; their yes does that, and what was there is kept", async () => {
  await withFolder(async (folder) => {
    await using daemon = await startDaemon({ home: path(folder, "home"), script });
    const mia = join(daemon, "mia");
    const file = path(folder, "a.txt");
    writeFileSync(file, "one\nstays\n");
    const scene = await asked(mia, folder, "edit");
    expect(scene.at.now.view.asks[0]?.show.text).toBe(
      "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n-one\n+two\n stays\n",
    );
    expect(readFileSync(file, "utf8")).toBe("one\nstays\n");
    const log = await allow(mia, scene);
    expect(readFileSync(file, "utf8")).toBe("two\nstays\n");
    const said = log.flatMap(({ event }) =>
      event.type === "file.changed" || event.type === "call.finished" || event.type === "call.started" ? [event] : [],
    );
    expect(said.slice(2)).toMatchObject([
      { type: "call.started" },
      { type: "file.changed", path: file, change: "edited", mode: 0o644, blob: { bytes: 10 } },
      { type: "call.finished", ok: true, value: { bundle: { "text/x-diff": expect.stringContaining("+two") } } },
    ]);
    mia.close();
    await daemon.stop();
  });
});

test("what somebody did while people thought is not undone by their yes", async () => {
  await withFolder(async (folder) => {
    await using daemon = await startDaemon({ home: path(folder, "home"), script });
    const mia = join(daemon, "mia");
    writeFileSync(path(folder, "a.txt"), "one\n");
    const edits = await asked(mia, folder, "edit");
    const writes = await asked(mia, folder, "write");
    writeFileSync(path(folder, "a.txt"), "one\nby somebody\n");
    writeFileSync(path(folder, "new.txt"), "by somebody\n");
    for (const [scene, says] of [
      [edits, "was changed since you read it"],
      [writes, "is there already and you have not read it"],
    ] as const) {
      const log = await allow(mia, scene);
      const results = log.flatMap(({ event }) => (event.type === "call.finished" ? [event] : []));
      expect(results.at(-1)).toMatchObject({ ok: false, value: { text: expect.stringContaining(says) } });
      expect(log.some(({ event }) => event.type === "file.changed")).toBe(false);
    }
    expect(readFileSync(path(folder, "a.txt"), "utf8")).toBe("one\nby somebody\n");
    expect(readFileSync(path(folder, "new.txt"), "utf8")).toBe("by somebody\n");
    mia.close();
    await daemon.stop();
  });
});
