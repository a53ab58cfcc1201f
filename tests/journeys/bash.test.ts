import { readFileSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { Attachment, Client } from "../../packages/protocol/src/client/index.ts";
import type { Script } from "../daemon-process/scripted.ts";
import { type Running, startDaemon, withFolder } from "../daemon-process/start.ts";
import { gone, mark, processesWith, running } from "../tools/programs.ts";
import { idle, join, logOf, until } from "./world.ts";

/** Commands of the assistant, through the real daemon. */

const bash = (command: string, more: object = {}) => ({ call: { tool: "bash", input: { command, ...more } } });

type House = { daemon: Running; mia: Client; at: Attachment; sessionId: string };

/** A session whose commands are all allowed, since nothing confines them here and so all are asked about. */
async function enter(daemon: Running, cwd: string): Promise<House> {
  const mia = join(daemon, "mia");
  const { id: sessionId } = await mia.request("session/create", { cwd, model: "scripted/script" });
  const at = await mia.attach(sessionId);
  const answered = new Set<number>();
  at.onChange(() => {
    for (const { id } of at.now.view.asks) {
      if (answered.has(id)) continue;
      answered.add(id);
      mia.request("session/answer", { sessionId, askId: id, allow: true }).catch(() => {}); // the daemon may die under it
    }
  });
  return { daemon, mia, at, sessionId };
}

async function say({ mia, at, sessionId }: House, text: string): Promise<void> {
  await mia.request("session/input", { sessionId, text });
  await until(at, (now) => idle(now) && now.now.view.items.at(-1)?.kind === "text");
}

const shows = ({ now }: Attachment, words: string) => [...now.open.values()].some(({ text }) => text.includes(words));
const results = async ({ mia, sessionId }: House) =>
  (await logOf(mia, sessionId)).flatMap(({ event }) => (event.type === "call.finished" ? [event] : []));

/** What the model was sent when it was last asked. */
function heard(folder: string): string {
  const { messages } = JSON.parse(readFileSync(path(folder, "asked.json"), "utf8")) as {
    messages: { text?: string }[];
  };
  return messages.map(({ text = "" }) => text).join("\n");
}

test("people see what a command says while it runs; an interrupt ends it, with all that it started", async () => {
  await withFolder(async (folder) => {
    const wanted = mark();
    const command = `echo begun; setsid sleep ${wanted} & sleep ${wanted}`;
    await using daemon = await startDaemon({ home: path(folder, "home"), script: { go: [[bash(command)]] } });
    const house = await enter(daemon, folder);
    const { mia, at, sessionId } = house;
    await mia.request("session/input", { sessionId, text: "go" });
    await until(at, (now) => shows(now, "begun\n"));
    await running(wanted, 3);
    await mia.request("session/interrupt", { sessionId });
    await until(at, idle);
    await gone(wanted);
    expect(await results(house)).toMatchObject([
      {
        ok: false,
        outcome: "interrupted",
        value: { text: "begun\n[It was interrupted.]" },
        progress: { text: "begun\n" },
      },
    ]);
    mia.close();
    await daemon.stop();
  });
});

test("a daemon that dies of kill -9 leaves its command to the next, which ends it; the model is told that nobody knows", async () => {
  await withFolder(async (folder) => {
    const wanted = mark();
    const home = path(folder, "home");
    const command = `echo ran >> effects; echo begun; setsid sleep ${wanted} & sleep ${wanted}`;
    const script: Script = {
      go: [[bash(command)], [{ text: "never" }]],
      "and now?": [[{ keep: "asked.json" }, { text: "I see." }]],
    };
    const daemon = await startDaemon({ home, script });
    const house = await enter(daemon, folder);
    await house.mia.request("session/input", { sessionId: house.sessionId, text: "go" });
    await until(house.at, (now) => shows(now, "begun\n"));
    await running(wanted, 3);
    await daemon.kill();
    expect(processesWith(wanted)).toHaveLength(3);

    await using again = await startDaemon({ home, script });
    await gone(wanted);
    await until(house.at, (now) => now.now.link === "live" && idle(now));
    expect(await results(house)).toMatchObject([{ ok: false, outcome: "unknown" }]);
    expect(readFileSync(path(folder, "effects"), "utf8")).toBe("ran\n");
    if (house.at.now.view.held) await house.mia.request("session/resume", { sessionId: house.sessionId });
    await say(house, "and now?");
    expect(heard(folder)).toMatch(/nobody knows|unknown/i);
    expect(readFileSync(path(folder, "effects"), "utf8")).toBe("ran\n");
    house.mia.close();
    await again.stop();
  });
});

test("a job runs on when its turn is over, is followed as often as one likes, and ends with its session", async () => {
  await withFolder(async (folder) => {
    const wanted = mark();
    const home = path(folder, "home");
    const script: Script = {
      start: [[bash(`echo up; sleep ${wanted}`, { background: true })], [{ text: "It runs." }]],
    };
    await using daemon = await startDaemon({ home, script });
    const house = await enter(daemon, folder);
    await say(house, "start");
    const [begun] = await results(house);
    const job = /job:\d+/.exec(begun?.value.text ?? "")?.[0] ?? "";
    expect(job).toBe(`job:${begun?.call}`);
    const look = { call: { tool: "bash_output", input: { job } } };
    script["follow"] = [...Array.from({ length: 8 }, () => [look]), [{ text: "Still running." }]];
    writeFileSync(`${home}.script.json`, JSON.stringify(script));
    await say(house, "follow");
    const looks = (await results(house)).slice(1);
    expect(looks).toHaveLength(8);
    expect(looks.map(({ value }) => value.text).join("\n")).toMatch(/^up\n/);
    for (const { ok, value } of looks)
      expect({ ok, text: value.text }).toMatchObject({ ok: true, text: expect.stringContaining("has been running") });
    expect(processesWith(wanted)).not.toEqual([]);
    await house.mia.request("session/delete", { sessionId: house.sessionId });
    await gone(wanted);
    house.mia.close();
    await daemon.stop();
  });
});

test("a job ends with the daemon, and the next one says that it is gone", async () => {
  await withFolder(async (folder) => {
    const wanted = mark();
    const home = path(folder, "home");
    const script: Script = {
      start: [[bash(`sleep ${wanted}`, { background: true })], [{ text: "It runs." }]],
      look: [[{ call: { tool: "bash_output", input: { job: "job:1" } } }], [{ text: "Gone." }]],
    };
    const daemon = await startDaemon({ home, script });
    const house = await enter(daemon, folder);
    await say(house, "start");
    await daemon.stop();
    expect(processesWith(wanted)).toEqual([]);
    await using again = await startDaemon({ home, script });
    await until(house.at, ({ now }) => now.link === "live");
    await say(house, "look");
    expect((await results(house)).at(-1)).toMatchObject({
      ok: false,
      value: { text: expect.stringContaining("jobs end with daimon") },
    });
    house.mia.close();
    await again.stop();
  });
});

test(
  "what a command says beyond what a model is told is kept under a handle that the model is given",
  { timeout: 60_000 },
  async () => {
    await withFolder(async (folder) => {
      const script: Script = { go: [[bash("seq 1 30000")], [{ keep: "asked.json" }, { text: "I see." }]] };
      await using daemon = await startDaemon({ home: path(folder, "home"), script });
      const house = await enter(daemon, folder);
      await say(house, "go");
      const [result] = await results(house);
      expect(result?.value).toMatchObject({ cut: true, handle: `result:${result?.call}` });
      expect(heard(folder)).toContain(`kept as result:${result?.call}`);
      expect(heard(folder)).toContain("\n30000\n");
      const handle = result?.value.handle ?? "";
      script["more"] = [
        [
          { call: { tool: "read", input: { path: handle, offset: 12_345, limit: 1 } } },
          { call: { tool: "grep", input: { path: handle, pattern: "^2345\\d$", limit: 1 } } },
          { call: { tool: "python", input: { code: "len(log.split()), log[-5:]", results: { log: handle } } } },
          { call: { tool: "python", input: { code: "log2", results: { log2: "result:999999" } } } },
        ],
        [{ text: "I saw." }],
      ];
      writeFileSync(`${path(folder, "home")}.script.json`, JSON.stringify(script));
      await say(house, "more");
      const byCall = (await results(house)).slice(1).toSorted((a, b) => a.call - b.call);
      expect(byCall.map(({ value }) => value.text)).toEqual([
        expect.stringMatching(/^12345\t12345\n/),
        expect.stringMatching(new RegExp(`^${handle}\n23450: 23450\n`)),
        "(30000, '30000')",
        expect.stringContaining("This cell was not run: there is no result:999999"),
      ]);
      house.mia.close();
      await daemon.stop();
    });
  },
);
