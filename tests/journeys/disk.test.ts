import { existsSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test, type TestContext } from "vitest";
import type { Attachment, Client } from "../../packages/protocol/src/client/index.ts";
import { runToEnd, startDaemon, withFolder } from "../daemon-process/start.ts";
import { smallDisk, type SmallDisk } from "../small-disk.ts";
import { idle, join, logOf, next, until } from "./world.ts";

const script = {
  add: [[{ text: "I add it. " }, { call: { tool: "append", input: { line: "once" } } }], [{ text: "It is there." }]],
  "are you there?": [[{ text: "I am." }]],
};
const full = { code: "store_unavailable" };

/** A home on a disk of its own: large enough for Python's boot image, small enough to be filled. */
const withDisk = (context: TestContext, use: (home: string, disk: SmallDisk, folder: string) => Promise<void>) =>
  withFolder(async (folder) => {
    using disk = smallDisk(path(folder, "disk"), 256, context);
    await use(path(disk.path, "home"), disk, folder);
  });

/** Gives a session one title after the other until the disk takes no more; the last one that was acknowledged. */
async function renameUntilRefused(client: Client, sessionId: string): Promise<number> {
  for (let title = 1; ; title++)
    try {
      await client.request("session/update", { sessionId, title: `${title} ${"x".repeat(190)}` });
    } catch (error) {
      expect(error).toMatchObject(full);
      return title - 1;
    }
}

const live = ({ now }: Attachment): boolean => now.link === "live";
const titlesOf = async (client: Client, sessionId: string): Promise<number[]> =>
  (await logOf(client, sessionId)).flatMap(({ event }) =>
    event.type === "session.updated" && event.title !== undefined ? [Number.parseInt(event.title, 10)] : [],
  );

test("while the disk is full commands are refused, stopping still works, nothing acknowledged is lost, and with room it goes on by itself", async (context) => {
  await withDisk(context, async (home, disk, folder) => {
    await using daemon = await startDaemon({ home, script });
    const mia = join(daemon, "mia");
    const settings = { cwd: folder, model: "scripted/script" } as const;
    const [stopped, asking, working] = await Promise.all(
      ["stopped", "asking", "working"].map(async (id) => {
        await mia.request("session/create", { ...settings, id });
        return mia.attach(id);
      }),
    );
    if (!stopped || !asking || !working) throw new Error("three sessions were made");
    const idOf = ({ sessionId }: Attachment) => ({ sessionId });

    // A Python with something in it that works, and two questions to people.
    const kept = next(working, "cell.finished");
    await mia.request("session/python", { ...idOf(working), code: "kept = 6 * 7" });
    await kept;
    const sleep = await mia.request("session/python", { ...idOf(working), code: "print('on')\nwhile True: pass" });
    await until(working, ({ now }) => [...now.open.values()].some(({ text }) => text === "on\n"));
    for (const at of [stopped, asking]) {
      await mia.request("session/input", { ...idOf(at), text: "add" });
      await until(at, ({ now }) => now.view.asks.length === 1);
    }

    disk.fill();
    const titles = await renameUntilRefused(mia, "asking");
    await renameUntilRefused(mia, "stopped");
    await expect(mia.request("session/interrupt", idOf(stopped))).rejects.toMatchObject(full);
    // So little may still find room: told or refused, it stops what runs.
    await mia.request("session/interrupt", idOf(working)).catch((error) => expect(error).toMatchObject(full));
    // What is long is refused as well, and so is a new session; looking goes on.
    await expect(mia.request("session/input", { ...idOf(asking), text: "x".repeat(600_000) })).rejects.toMatchObject(
      full,
    );
    await expect(mia.request("session/create", { ...settings, id: "new", opId: "new" })).rejects.toMatchObject(full);
    expect((await mia.request("session/list", {})).sessions.map(({ id }) => id)).not.toContain("new");
    expect((await mia.request("session/events", idOf(asking))).events.length).toBeGreaterThan(titles);
    expect((await mia.request("daemon/status", {})).trouble).not.toEqual([]);

    disk.free();
    await Promise.all([stopped, asking, working].map((at) => until(at, live)));
    // Whoever said stop is heard; who did not is still asked, and the answer counts.
    await until(stopped, idle);
    expect(stopped.now.view).toMatchObject({ asks: [] });
    expect(stopped.now.view.items.at(-1)).toMatchObject({ kind: "ended", outcome: "interrupted" });
    expect(await titlesOf(mia, "asking")).toEqual(Array.from({ length: titles }, (_, n) => n + 1));
    await until(asking, ({ now }) => now.view.turn.is === "suspended");
    const ended = next(asking, "turn.ended");
    await mia.request("session/answer", { ...idOf(asking), askId: asking.now.view.asks[0]?.id ?? 0, allow: true });
    expect((await ended).event.outcome).toBe("done");
    expect(existsSync(path(home, "state/effects")) && readFileSync(path(home, "state/effects"), "utf8")).toBe("once\n");
    // Its cell was stopped, its Python was not.
    await until(working, idle);
    expect(working.now.view.items.find(({ id }) => id === sleep.cell)).toMatchObject({
      state: "done",
      ok: false,
      outputs: [{ text: "on\n" }],
    });
    const finished = next(working, "cell.finished");
    await mia.request("session/python", { ...idOf(working), code: "kept" });
    expect((await finished).event).toMatchObject({ ok: true, result: { text: "42" } });
    // What was refused did not happen, and its opId may be used again.
    expect((await mia.request("session/create", { ...settings, id: "new", opId: "new" })).id).toBe("new");
    for (const at of [stopped, asking, working]) {
      const said = next(at, "turn.ended");
      await mia.request("session/input", { ...idOf(at), text: "are you there?" });
      expect((await said).event.outcome).toBe("done");
    }
    expect((await mia.request("daemon/status", {})).trouble).toEqual([]);
    mia.close();
  });
}, 60_000);

test("a home that can only be read is refused at the start with what to do, and is as it was afterwards", async (context) => {
  await withDisk(context, async (home, disk) => {
    const daemon = await startDaemon({ home });
    expect(await daemon.stop()).toBe(0);
    disk.readOnly();
    expect(await runToEnd({ home })).toEqual({
      code: 3,
      stdout: "",
      stderr: `daimon: cannot write to ${home} (the file system is read-only); make it writable or set DAIMON_HOME to a folder of your own\n`,
    });
  });
});
