import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { call, diff, handsIn, undo } from "./hands.ts";
import { logOf } from "./world.ts";

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
