import { mkdir } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { idle, join, logOf, until } from "./world.ts";

const script = { "*": [[{ text: "done" }]] };

test("a session is called after its folder, after its first turn by its first words, and from then on as people name it", async () => {
  await withFolder(async (folder) => {
    const cwd = path(folder, "shop");
    await mkdir(cwd);
    await using daemon = await startDaemon({ home: path(folder, "home"), script });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    expect(at.now.view.title).toBe("shop");
    const say = async (text: string) => {
      const before = at.now.view.items.length;
      await mia.request("session/input", { sessionId, text });
      await until(at, (now) => idle(now) && now.now.view.items.length > before + 1);
    };
    await say("why are\nthe tests red?");
    await until(at, ({ now }) => now.view.title === "why are the tests red?");
    expect((await mia.request("session/list", {})).sessions[0]?.title).toBe("why are the tests red?");
    await say("and now?");
    await mia.request("session/update", { sessionId, title: "shop" });
    await say("and now?");
    expect(at.now.view.title).toBe("shop");
    const named = (await logOf(mia, sessionId)).filter(({ event }) => event.type === "session.updated");
    expect(named.map(({ by }) => by.client)).toEqual(["daemon", "cli"]);
    mia.close();
  });
});

test("a session that somebody named, or moved before its first turn, is called as they wish", async () => {
  await withFolder(async (folder) => {
    await using daemon = await startDaemon({ home: path(folder, "home"), script });
    const mia = join(daemon, "mia");
    const titleAfterTurn = async (given: { title?: string }, update: { title?: string; cwd?: string }) => {
      const { id: sessionId } = await mia.request("session/create", {
        cwd: folder,
        model: "scripted/script",
        ...given,
      });
      await mia.request("session/update", { sessionId, ...update });
      const at = await mia.attach(sessionId);
      await mia.request("session/input", { sessionId, text: "first words" });
      await until(at, (now) => idle(now) && now.now.view.items.some(({ kind }) => kind === "text"));
      return (await mia.request("session/get", { sessionId })).title;
    };
    expect(await titleAfterTurn({ title: "mine" }, { cwd: "/" })).toBe("mine");
    expect(await titleAfterTurn({}, { title: "renamed" })).toBe("renamed");
    expect(await titleAfterTurn({}, { cwd: "/" })).toBe("first words");
    mia.close();
  });
});
