import { existsSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { ask } from "../daemon-process/ask.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { idle, join, logOf, until } from "./world.ts";

const script = {
  add: [[{ call: { tool: "append", input: { line: "once" } } }], [{ text: "It is there." }]],
  "never sent": [[{ call: { tool: "append", input: { line: "twice" } } }]],
};

test("after a kill -9 the retry of a command is answered as it was and nothing happens twice; its opId for anything else is refused", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const daemon = await startDaemon({ home, script });
    const mia = join(daemon, "mia");
    const settings = { cwd: folder, model: "scripted/script", mode: "auto-edit", opId: "make" } as const;
    const { id: sessionId } = await mia.request("session/create", settings);
    const input = { sessionId, text: "add", opId: "say" };
    const cell = { sessionId, code: "x = 1", opId: "run" };
    const first = [await mia.request("session/input", input), await mia.request("session/python", cell)];
    await until(await mia.attach(sessionId), idle);
    await daemon.kill();
    mia.close();

    await using again = await startDaemon({ home, script });
    const bob = join(again, "bob");
    const at = await bob.attach(sessionId);
    const before = await logOf(bob, sessionId);
    expect([await bob.request("session/input", input), await bob.request("session/python", cell)]).toEqual(first);
    expect((await bob.request("session/create", settings)).id).toBe(sessionId);
    expect((await bob.request("session/list", {})).sessions).toHaveLength(1);
    // The same again through another door.
    const inputs = `/api/v1/sessions/${sessionId}/inputs`;
    expect(await ask(again, "POST", inputs, { text: "add", opId: "say" })).toEqual({ status: 202, body: first[0] });

    const mismatch = { code: "op_mismatch" };
    await expect(bob.request("session/input", { ...input, text: "never sent" })).rejects.toMatchObject(mismatch);
    await expect(bob.request("session/python", { ...cell, opId: "say" })).rejects.toMatchObject(mismatch);
    await expect(bob.request("session/create", { ...settings, title: "other" })).rejects.toMatchObject(mismatch);
    expect(await ask(again, "POST", inputs, { text: "never sent", opId: "say" })).toMatchObject({
      status: 409,
      body: { error: { code: "op_mismatch" } },
    });

    // Whatever a retry had set off would have been recorded before this is.
    await bob.request("session/update", { sessionId, title: "the end" });
    await until(at, idle);
    const after = await logOf(bob, sessionId);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length).map(({ event }) => event.type)).toEqual(["session.updated"]);
    expect(existsSync(path(home, "state/effects")) && readFileSync(path(home, "state/effects"), "utf8")).toBe("once\n");
    bob.close();
  });
});
