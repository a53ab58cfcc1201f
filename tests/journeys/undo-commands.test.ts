import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { bash, diff, git, handsIn, undo } from "./hands.ts";

/** What commands of the assistant did to files is found out, shown, and taken back. */

const done = [{ text: "done" }];

test("what a command edited, made, removed and moved is shown, and taken back with its bytes and permissions", async () => {
  await withFolder(async (folder) => {
    const work = path(folder, "work");
    mkdirSync(work);
    git(work, "init", "-q");
    writeFileSync(path(work, "kept.txt"), "kept\n");
    writeFileSync(path(work, "old.txt"), "one\ntwo\n");
    writeFileSync(path(work, "secret.env"), "KEY=1\n", { mode: 0o600 });
    const binary = Buffer.from([0, 255, 13, 10, 1, 2, 13, 10]);
    writeFileSync(path(work, "data.bin"), binary);
    git(work, "add", "-A");
    git(work, "commit", "-qm", "all");
    writeFileSync(path(work, "untracked.sh"), "echo hi\n");
    chmodSync(path(work, "untracked.sh"), 0o755);
    const command =
      "echo three >> old.txt; mkdir -p a/b; echo new > a/b/new.txt; rm secret.env; printf x > data.bin; mv untracked.sh moved.sh";
    await using daemon = await startDaemon({ home: path(folder, "home"), script: { go: [[bash(command)], done] } });
    const hands = await handsIn(daemon, work);
    await hands.say("go");
    expect(existsSync(path(work, "moved.sh"))).toBe(true);

    const { files, left } = await diff(hands);
    expect(left).toEqual([]);
    expect(Object.fromEntries(files.map(({ path: at, change }) => [at.slice(work.length + 1), change]))).toEqual({
      "old.txt": "edited",
      "data.bin": "edited",
      "secret.env": "deleted",
      "untracked.sh": "deleted",
      "a/b/new.txt": "created",
      "moved.sh": "created",
    });
    expect(files.find((file) => file.path.endsWith("old.txt"))).toMatchObject({
      added: 1,
      removed: 0,
      diff: expect.stringContaining("+three"),
    });
    expect(files.find((file) => file.path.endsWith("data.bin"))?.why).toContain("binary");

    const back = await undo(hands);
    expect(back.left).toEqual([]);
    expect(back.files).toHaveLength(6);
    expect(readFileSync(path(work, "old.txt"), "utf8")).toBe("one\ntwo\n");
    expect(readFileSync(path(work, "data.bin"))).toEqual(binary);
    expect(readFileSync(path(work, "secret.env"), "utf8")).toBe("KEY=1\n");
    expect(statSync(path(work, "secret.env")).mode & 0o777).toBe(0o600);
    expect(statSync(path(work, "untracked.sh")).mode & 0o777).toBe(0o755);
    expect(existsSync(path(work, "moved.sh"))).toBe(false);
    expect(existsSync(path(work, "a/b/new.txt"))).toBe(false);
    expect((await diff(hands)).files).toEqual([]);
    // The model is told that its work is not there any more.
    const notes = hands.at.now.view.items.filter(({ kind }) => kind === "notice");
    expect(JSON.stringify(notes)).toContain("took back what turn");
    hands.client.close();
    await daemon.stop();
  });
});
