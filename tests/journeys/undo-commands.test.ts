import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, watch, writeFileSync } from "node:fs";
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

test("without git a file that a command made is removed again, and of what it changed it is said that nobody can take it back", async () => {
  await withFolder(async (folder) => {
    const [work, bin] = [path(folder, "work"), path(folder, "bin")];
    for (const made of [work, bin]) mkdirSync(made);
    for (const program of ["bash", "sh", "rm"]) symlinkSync(`/bin/${program}`, path(bin, program));
    writeFileSync(path(work, "old.txt"), "one\n");
    const command = "echo two > old.txt; echo new > new.txt";
    const given = { home: path(folder, "home"), script: { go: [[bash(command)], done] }, env: { PATH: bin } };
    await using daemon = await startDaemon(given);
    const hands = await handsIn(daemon, work);
    await hands.say("go");
    expect((await diff(hands)).files).toMatchObject([
      { path: path(work, "new.txt"), change: "created" },
      { path: path(work, "old.txt"), change: "edited", why: expect.stringContaining("git is not installed") },
    ]);
    const { files, left } = await undo(hands);
    expect(files).toEqual([{ path: path(work, "new.txt"), change: "deleted" }]);
    expect(left[0]).toEqual({ path: path(work, "old.txt"), why: expect.stringContaining("git is not installed") });
    expect(existsSync(path(work, "new.txt"))).toBe(false);
    expect(readFileSync(path(work, "old.txt"), "utf8")).toBe("two\n");
    hands.client.close();
    await daemon.stop();
  });
});

test("of a command that was cut off, and of one that runs on in the background, it is said that nobody saw what it changed", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const work = path(folder, "work");
    mkdirSync(work);
    const given = {
      home,
      script: {
        first: [[bash("echo 1 > a.txt")], done],
        behind: [
          [{ call: { tool: "bash", input: { command: "sleep 1000; echo 2 > b.txt", background: true } } }],
          done,
        ],
        cut: [[bash("echo 3 > c.txt; touch began; while :; do :; done")], done],
      },
    };
    const daemon = await startDaemon(given);
    const hands = await handsIn(daemon, work);
    await hands.say("first");
    await hands.say("behind");
    const { client, sessionId } = hands;
    client.request("session/input", { sessionId, text: "cut" }).catch(() => {}); // the daemon dies under it
    const began = Promise.withResolvers<void>();
    const watcher = watch(work, () => existsSync(path(work, "began")) && began.resolve());
    await began.promise;
    watcher.close();
    await daemon.kill();
    client.close();

    await using again = await startDaemon(given);
    const later = await handsIn(again, work, sessionId);
    const { left } = await undo(later);
    const whys = left.map(({ why }) => why).join("\n");
    expect(existsSync(path(work, "a.txt"))).toBe(false);
    expect(whys).toMatch(/what job:\d+ changes in the background is not looked for/);
    expect(whys).toMatch(/call \d+ \(bash\) was cut off: nobody saw what it changed/);
    later.client.close();
    await again.stop();
  });
});
