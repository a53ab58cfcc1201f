import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { Client } from "../../packages/protocol/src/client/index.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { join, next, until } from "./world.ts";

/** Answers that hold for more than once: where they hold, how long, and how they are taken back. */

const add = [[{ call: { tool: "append", input: { line: "once" } } }], [{ text: "It is there." }]];
const script = { add };
const effects = (home: string) =>
  existsSync(path(home, "state/effects"))
    ? readFileSync(path(home, "state/effects"), "utf8").split("\n").length - 1
    : 0;

type Scope = "once" | "session" | "project" | "always";
const made = async (client: Client, cwd: string) =>
  (await client.request("session/create", { cwd, model: "scripted/script" })).id;

/** Asks for it, answers where that is wanted; how often people were asked, and how the call ended. */
async function turn(client: Client, sessionId: string, answer?: { allow: boolean; scope?: Scope }) {
  const at = await client.attach(sessionId);
  let asked = 0;
  const stop = at.onChange((change) => {
    if (change.is !== "event" || change.recorded.event.type !== "ask.opened") return;
    asked++;
    const { seq, event } = change.recorded;
    const given = answer ?? { allow: false, reason: "nobody thought of this" };
    void client.request("session/answer", { sessionId, askId: seq, digest: event.digest, ...given });
  });
  const finished = next(at, "call.finished");
  await client.request("session/input", { sessionId, text: "add" });
  const { event } = await finished;
  await until(at, ({ now }) => now.view.turn.is === "idle");
  stop();
  await at.detach();
  // The file is written once the answer is on record, and nobody waits for it.
  if (answer?.scope === "project" || answer?.scope === "always")
    while ((await client.request("rule/list", {})).rules.length === 0);
  return { asked, ok: event.ok, text: event.value.text };
}

test.for(["project", "always"] as const)(
  "a yes for %s holds in a new session and after a restart, and is asked about again once it is taken back",
  async (scope) => {
    await withFolder(async (folder) => {
      const home = path(folder, "home");
      const elsewhere = path(folder, "elsewhere");
      await mkdir(elsewhere);
      await using daemon = await startDaemon({ home, script });
      const mia = join(daemon, "mia");
      expect(await turn(mia, await made(mia, folder), { allow: true, scope })).toMatchObject({ asked: 1, ok: true });
      expect(await turn(mia, await made(mia, folder))).toMatchObject({ asked: 0, ok: true });
      const there = await turn(mia, await made(mia, elsewhere));
      expect(there).toMatchObject(scope === "always" ? { asked: 0, ok: true } : { asked: 1, ok: false });
      await daemon.kill();

      await using again = await startDaemon({ home, script });
      const ben = join(again, "ben");
      expect(await turn(ben, await made(ben, folder))).toMatchObject({ asked: 0, ok: true });
      const { rules } = await ben.request("rule/list", {});
      const [rule] = rules;
      expect(rules).toEqual([
        {
          rule: expect.stringMatching(/^append-[0-9a-f]{8}$/),
          tool: "append",
          allow: true,
          holds: scope,
          ...(scope === "project" ? { project: folder } : {}),
          at: expect.any(Number),
          by: "mia",
        },
      ]);
      const listedThere = await ben.request("rule/list", { sessionId: await made(ben, elsewhere) });
      expect(listedThere.rules).toHaveLength(scope === "always" ? 1 : 0);
      await ben.request("rule/revoke", { rule: rule?.rule ?? "" });
      await expect(ben.request("rule/revoke", { rule: rule?.rule ?? "" })).rejects.toMatchObject({ code: "not_found" });
      expect(await ben.request("rule/list", {})).toEqual({ rules: [] });
      expect(await turn(ben, await made(ben, folder))).toMatchObject({ asked: 1, ok: false });
      mia.close();
      ben.close();
    });
  },
);

test("a yes for the session holds in it alone, after a restart too, until it is taken back; a no does as well", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    await using daemon = await startDaemon({ home, script });
    const mia = join(daemon, "mia");
    const sessionId = await made(mia, folder);
    expect(await turn(mia, sessionId, { allow: true, scope: "session" })).toMatchObject({ asked: 1, ok: true });
    expect(await turn(mia, await made(mia, folder))).toMatchObject({ asked: 1, ok: false });
    await daemon.kill();

    await using again = await startDaemon({ home, script });
    const ben = join(again, "ben");
    expect(await turn(ben, sessionId)).toMatchObject({ asked: 0, ok: true });
    const [rule] = (await ben.request("rule/list", { sessionId })).rules;
    expect(rule).toMatchObject({ tool: "append", allow: true, holds: "session", by: "mia" });
    expect(await ben.request("rule/list", {})).toEqual({ rules: [] });
    const other = await made(ben, folder);
    await expect(ben.request("rule/revoke", { rule: rule?.rule ?? "", sessionId: other })).rejects.toMatchObject({
      code: "not_found",
    });
    await ben.request("rule/revoke", { rule: rule?.rule ?? "", sessionId });
    expect(await turn(ben, sessionId, { allow: false, scope: "session" })).toMatchObject({ asked: 1, ok: false });
    expect(await turn(ben, sessionId)).toMatchObject({ asked: 0, ok: false, text: expect.stringContaining("forbids") });
    expect(effects(home)).toBe(2);
    mia.close();
    ben.close();
  });
});

test("while the file of rules cannot be read nothing that changes something runs, and everybody is told which file", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    await using daemon = await startDaemon({ home, script });
    const mia = join(daemon, "mia");
    const sessionId = await made(mia, folder);
    await turn(mia, sessionId, { allow: true, scope: "always" });
    const file = path(home, "config/rules.toml");
    const kept = readFileSync(file, "utf8");
    await writeFile(file, `${kept}\nallow everything`);
    expect(await turn(mia, sessionId)).toMatchObject({
      asked: 0,
      ok: false,
      text: expect.stringMatching(/rules\.toml cannot be used: .*; mend it or remove it/s),
    });
    await expect(mia.request("rule/list", {})).rejects.toMatchObject({ code: "invalid" });
    await writeFile(file, kept);
    expect(await turn(mia, sessionId)).toMatchObject({ asked: 0, ok: true });
    mia.close();
  });
});

test("a repository cannot bring rules: what it says in .daimon allows nothing, though the same text beside config.toml would", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const rules = '[[rules]]\nrule = "mine"\ntool = "append"\nallow = true\nat = 1\nby = "me"\n';
    await mkdir(path(folder, ".daimon"));
    await writeFile(path(folder, ".daimon/rules.toml"), rules);
    await using daemon = await startDaemon({ home, script });
    const mia = join(daemon, "mia");
    const sessionId = await made(mia, folder);
    await mia.request("session/trust", { sessionId, folder });
    expect(await turn(mia, sessionId)).toMatchObject({ asked: 1, ok: false });
    expect(await mia.request("rule/list", { sessionId })).toEqual({ rules: [] });
    await writeFile(path(home, "config/rules.toml"), rules);
    expect(await turn(mia, sessionId)).toMatchObject({ asked: 0, ok: true });
    mia.close();
  });
});
