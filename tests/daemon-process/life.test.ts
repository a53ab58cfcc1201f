import { connectLocal } from "../../packages/protocol/src/client/local.ts";
import { createClient } from "../../packages/protocol/src/client/index.ts";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runToEnd, startDaemon, withFolder } from "./start.ts";

test("smoke", async () => {
  await withFolder(async (folder) => {
    const home = join(folder, "h");
    await using daemon = await startDaemon({ home, script: { hello: [[{ text: "Hi" }]] } });
    const client = createClient({ connect: connectLocal({ socketPath: daemon.socket, token: daemon.token }), client: { name: "t", version: "1" } });
    const view = await client.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await client.attach(view.id);
    const ended = new Promise<void>((r) => at.onChange((c) => { if (c.is === "event" && c.recorded.event.type === "turn.ended") r(); }));
    await client.request("session/input", { sessionId: view.id, text: "hello" });
    await ended;
    console.log(JSON.stringify(at.now.view.items));
    client.close();
    expect(await daemon.stop()).toBe(0);
  });
});
