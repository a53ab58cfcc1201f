import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { DaimonError } from "../../packages/protocol/src/index.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import type { LastWords } from "../dying-store.ts";
import { call, diff, handsIn, undo } from "./hands.ts";
import { idle, logOf, until } from "./world.ts";

/** What the assistant did to files with its tools is taken back, turn by turn. */

const done = [{ text: "done" }];
const script = {
  change: [
    [call("read", { path: "a.txt" }), call("read", { path: "b.txt" })],
    [
      call("edit", { path: "a.txt", edits: [{ oldText: "one", newText: "two" }] }),
      call("write", { path: "new/deep/c.txt", content: "made\n" }),
      call("move", { from: "b.txt", to: "moved/b.txt" }),
      call("edit", { path: "moved/b.txt", edits: [{ oldText: "bee", newText: "wasp" }] }),
      call("delete", { path: "gone.bin" }),
      call("delete", { path: "folder" }),
    ],
    [call("edit", { path: "a.txt", edits: [{ oldText: "two", newText: "three" }] })],
    done,
  ],
  again: [[call("read", { path: "a.txt" })], [call("write", { path: "a.txt", content: "second\n" })], done],
};

function workIn(folder: string): string {
  const work = path(folder, "work");
  mkdirSync(path(work, "folder/inside"), { recursive: true });
  writeFileSync(path(work, "a.txt"), "one\r\n");
  chmodSync(path(work, "a.txt"), 0o640);
  writeFileSync(path(work, "b.txt"), "bee\n");
  writeFileSync(path(work, "gone.bin"), Buffer.from([0, 1, 2, 255]));
  writeFileSync(path(work, "folder/inside/x.txt"), "x\n");
  symlinkSync("inside/x.txt", path(work, "folder/link"));
  return work;
}
const textAt = (...parts: string[]) => readFileSync(path(...parts), "utf8");

function expectAsBefore(work: string): void {
  expect(textAt(work, "a.txt")).toBe("one\r\n");
  expect(statSync(path(work, "a.txt")).mode & 0o777).toBe(0o640);
  expect(textAt(work, "b.txt")).toBe("bee\n");
  expect(readFileSync(path(work, "gone.bin"))).toEqual(Buffer.from([0, 1, 2, 255]));
  expect(textAt(work, "folder/link")).toBe("x\n");
  expect(existsSync(path(work, "new"))).toBe(false);
  expect(existsSync(path(work, "moved"))).toBe(false);
}

test("what a turn edited, made, moved and deleted is as before once it is taken back, after a restart too, and twice takes back the turn before", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const work = workIn(folder);
    await using daemon = await startDaemon({ home, script });
    const hands = await handsIn(daemon, work);
    await hands.say("change");
    expect(textAt(work, "moved/b.txt")).toBe("wasp\n");
    const { files } = await diff(hands);
    const shown = files.map(({ path: at, change, from }) => `${change} ${[...(from ? [from] : []), at].join(" ")}`);
    expect(shown.map((row) => row.replaceAll(`${work}/`, "")).toSorted()).toEqual([
      "created new/deep/c.txt",
      "deleted folder",
      "deleted gone.bin",
      "edited a.txt",
      "moved b.txt moved/b.txt",
    ]);
    await hands.say("again");
    expect(textAt(work, "a.txt")).toBe("second\n");
    hands.client.close();
    await daemon.stop();

    await using restarted = await startDaemon({ home, script });
    const later = await handsIn(restarted, work, hands.sessionId);
    const second = await undo(later);
    expect(second.files).toMatchObject([{ path: path(work, "a.txt"), change: "edited" }]);
    expect(textAt(work, "a.txt")).toBe("three\r\n");
    const first = await undo(later);
    expect(first.turn).toBeLessThan(second.turn);
    expect(first.left).toEqual([]);
    expectAsBefore(work);
    expect((await diff(later)).files).toEqual([]);
    await expect(undo(later)).rejects.toMatchObject({ code: "not_found" });
    await expect(undo(later, first.turn)).rejects.toMatchObject({ code: "already_ended" });
    // Content is kept before the first change of a turn to a file, and not again.
    const edits = (await logOf(later.client, later.sessionId)).filter(
      ({ event, turn }) => event.type === "file.changed" && event.path === path(work, "a.txt") && turn === first.turn,
    );
    expect(edits.map(({ event }) => event.type === "file.changed" && event.blob !== undefined)).toEqual([true, false]);
    later.client.close();
    await restarted.stop();
  });
});

test("where somebody changed a file since, nothing at all is taken back, and what they changed is shown", async () => {
  await withFolder(async (folder) => {
    const work = workIn(folder);
    await using daemon = await startDaemon({ home: path(folder, "home"), script });
    const hands = await handsIn(daemon, work);
    await hands.say("change");
    writeFileSync(path(work, "a.txt"), "three\r\nand mine\r\n");
    writeFileSync(path(work, "gone.bin"), "somebody made it anew\n");
    const refused = await undo(hands).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "conflict",
      message: expect.stringContaining("work/a.txt (it was changed since)"),
      details: {
        files: [
          { path: path(work, "a.txt"), diff: expect.stringContaining("+and mine") },
          { path: path(work, "gone.bin"), why: "there is another file now" },
        ],
      },
    });
    expect(textAt(work, "moved/b.txt")).toBe("wasp\n");
    expect(textAt(work, "gone.bin")).toBe("somebody made it anew\n");
    expect((await logOf(hands.client, hands.sessionId)).some(({ event }) => "undoes" in event)).toBe(false);
    // Put as the turn left it, it can be taken back.
    writeFileSync(path(work, "a.txt"), "three\r\n");
    rmSync(path(work, "gone.bin"));
    await undo(hands);
    expectAsBefore(work);
    hands.client.close();
    await daemon.stop();
  });
});

test(
  "cut off by a kill -9 between what is written down and what is done, the undo goes on when it is asked for again",
  { timeout: 240_000 },
  async () => {
    await withFolder(async (folder) => {
      const home = path(folder, "home");
      const work = workIn(folder);
      const last = path(folder, "last.json");
      const dies = (words: LastWords) => writeFileSync(last, JSON.stringify(words));
      dies({ session: "", seq: 0 });
      const given = { home, script, env: { DAIMON_TEST_LAST_WORDS: last } };
      let sessionId: string | undefined;
      let steps = 0;
      for (let over = false; !over; steps++) {
        await using daemon = await startDaemon(given);
        const hands = await handsIn(daemon, work, sessionId);
        if (sessionId === undefined) await hands.say("change");
        sessionId = hands.sessionId;
        // Each time it comes some steps further: the one that was cut off is done, and the last one is only written down.
        const { seq } = hands.at.now.view;
        dies({ session: sessionId, seq: seq + (steps === 0 ? 1 : 4) });
        // In the end it is written down that all is taken back, and only the answer was lost.
        const told = undo(hands).then(
          () => true,
          (error: unknown) => error instanceof DaimonError && error.code === "not_found",
        );
        over = await Promise.race([told, daemon.ended.then(() => false)]);
        hands.client.close();
        if (over) await daemon.stop();
      }
      expect(steps).toBeGreaterThan(3);
      expectAsBefore(work);
    });
  },
);

test("while a turn runs nothing is taken back, and a read-only assistant keeps no person from it", async () => {
  await withFolder(async (folder) => {
    const work = workIn(folder);
    const waits = { ...script, wait: [[{ gate: "open" }, { text: "went on" }]] };
    await using daemon = await startDaemon({ home: path(folder, "home"), script: waits });
    const hands = await handsIn(daemon, work);
    await hands.say("again");
    const { client, sessionId, at } = hands;
    await client.request("session/input", { sessionId, text: "wait" });
    await until(at, ({ now }) => now.view.turn.is !== "idle");
    await expect(undo(hands)).rejects.toMatchObject({ code: "busy" });
    writeFileSync(path(folder, "open"), "");
    await until(at, idle);
    // What only the assistant may not, people may.
    await client.request("session/update", { sessionId, mode: "read-only" });
    await undo(hands);
    expect(textAt(work, "a.txt")).toBe("one\r\n");
    client.close();
    await daemon.stop();
  });
});

test.for(["outside", "work/elsewhere"])(
  "where a link to %s takes the place of a folder, nothing is written there",
  async (place) => {
    await withFolder(async (folder) => {
      const work = workIn(folder);
      const target = path(folder, place);
      mkdirSync(path(target, "deep"), { recursive: true });
      writeFileSync(path(target, "b.txt"), "wasp\n");
      writeFileSync(path(target, "deep/c.txt"), "made\n");
      await using daemon = await startDaemon({ home: path(folder, "home"), script });
      const hands = await handsIn(daemon, work);
      await hands.say("change");
      for (const name of ["moved", "new"]) {
        renameSync(path(work, name), path(work, `was ${name}`));
        symlinkSync(target, path(work, name));
      }
      await expect(undo(hands)).rejects.toMatchObject({ code: "conflict" });
      expect(textAt(target, "b.txt")).toBe("wasp\n");
      expect(textAt(target, "deep/c.txt")).toBe("made\n");
      expect(textAt(work, "a.txt")).toBe("three\r\n");
      hands.client.close();
      await daemon.stop();
    });
  },
);

test("where it cannot go on in the middle, it is said exactly what is taken back and what not, to the model too", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const work = workIn(folder);
    const last = path(folder, "last.json");
    writeFileSync(last, JSON.stringify({ session: "", seq: 0 } satisfies LastWords));
    const given = { home, script, env: { DAIMON_TEST_LAST_WORDS: last } };
    await using daemon = await startDaemon(given);
    const hands = await handsIn(daemon, work);
    await hands.say("change");
    const { sessionId } = hands;
    writeFileSync(last, JSON.stringify({ session: sessionId, seq: hands.at.now.view.seq + 2 } satisfies LastWords));
    undo(hands).catch(() => {}); // the daemon dies under it
    await daemon.ended;
    hands.client.close();

    writeFileSync(path(work, "moved/b.txt"), "mine too\n");
    await using again = await startDaemon({ home, script });
    const later = await handsIn(again, work, sessionId);
    const stopped = await undo(later).catch((error: unknown) => error);
    expect(stopped).toMatchObject({
      code: "conflict",
      details: { done: [{ path: path(work, "folder") }, { path: path(work, "gone.bin") }] },
    });
    expect((stopped as Error).message).toMatch(
      /^only a part of turn \d+ was taken back\. Done: put back .*folder, put back .*gone\.bin\. Not done: /,
    );
    expect((stopped as Error).message).toContain("moved/b.txt: it was changed since");
    expect(textAt(work, "moved/b.txt")).toBe("mine too\n");
    const told = later.at.now.view.items.flatMap((item) => (item.kind === "notice" ? [item.text] : [])).join("\n");
    expect(told).toContain("mia began to take back what turn");
    writeFileSync(path(work, "moved/b.txt"), "wasp\n");
    await undo(later);
    expectAsBefore(work);
    later.client.close();
    await again.stop();
  });
});
