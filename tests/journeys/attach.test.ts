import { writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { join, next, screen, until } from "./world.ts";

test("whoever attaches at any chunk of an answer sees what was already streamed, and the rest as it comes", async () => {
  await withFolder(async (folder) => {
    const chunks = Array.from({ length: 12 }, (_, n) => `chunk ${n} é漢🎉; `);
    const acts = chunks.flatMap((text, n) => [{ text }, { gate: `gate-${n}` }]);
    await using daemon = await startDaemon({ home: path(folder, "home"), script: { go: [acts] } });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const first = await mia.attach(sessionId);
    const ended = next(first, "turn.ended");
    await mia.request("session/input", { sessionId, text: "go" });
    const late = [];
    for (let n = 0; n < chunks.length; n++) {
      const soFar = chunks.slice(0, n + 1).join("");
      await until(first, (at) => screen(at) === soFar);
      const client = join(daemon, `late-${n}`);
      const at = await client.attach(sessionId);
      expect(screen(at)).toBe(soFar);
      late.push({ client, at });
      await writeFile(path(folder, `gate-${n}`), "");
    }
    await ended;
    for (const { client, at } of late) {
      await until(at, ({ now }) => now.view.turn.is === "idle");
      expect(screen(at)).toBe(chunks.join(""));
      expect(at.now.view.items).toEqual(first.now.view.items);
      client.close();
    }
    mia.close();
  });
});

test("whoever attaches at any line of a cell's output sees what was printed, and the rest as it comes", async () => {
  await withFolder(async (folder) => {
    await using daemon = await startDaemon({ home: path(folder, "home") });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder });
    const first = await mia.attach(sessionId);
    const code = "for i in range(8):\n    print('line', i, '🎉')\n    input()";
    await mia.request("session/python", { sessionId, code });
    const late = [];
    for (let n = 0; n < 8; n++) {
      const soFar = Array.from({ length: n + 1 }, (_, i) => `line ${i} 🎉\n`).join("");
      await until(first, (at) => screen(at) === soFar && at.now.view.asks.length === 1);
      const client = join(daemon, `late-${n}`);
      const at = await client.attach(sessionId);
      expect(screen(at)).toBe(soFar);
      expect(at.now.view.asks).toHaveLength(1);
      late.push({ client, at });
      // Anybody may answer, the newest comer too.
      await client.request("session/answer", { sessionId, askId: at.now.view.asks[0]?.id ?? 0, value: "go on" });
    }
    for (const { client, at } of late) {
      await until(at, ({ now }) => now.view.kernel.is === "idle");
      expect(at.now.view.items).toEqual(first.now.view.items);
      client.close();
    }
    mia.close();
  });
});

test("a question to people is answered once; whoever comes second is told so", async () => {
  await withFolder(async (folder) => {
    await using daemon = await startDaemon({ home: path(folder, "home") });
    const [mia, bob] = [join(daemon, "mia"), join(daemon, "bob")];
    const { id: sessionId } = await mia.request("session/create", { cwd: folder });
    const at = await bob.attach(sessionId);
    await mia.request("session/python", { sessionId, code: "name = input('who? ')\nname" });
    await until(at, ({ now }) => now.view.asks.length === 1);
    const ask = at.now.view.asks[0];
    expect(ask).toMatchObject({ kind: "stdin", show: { text: "who? " } });
    const finished = next(at, "cell.finished");
    const answer = (value: string) => ({ sessionId, askId: ask?.id ?? 0, value });
    const both = await Promise.allSettled([
      mia.request("session/answer", answer("mia")),
      bob.request("session/answer", answer("bob")),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "already_answered" } });
    const winner = both[0]?.status === "fulfilled" ? "mia" : "bob";
    expect((await finished).event).toMatchObject({ ok: true, result: { text: `'${winner}'` } });
    mia.close();
    bob.close();
  });
});
