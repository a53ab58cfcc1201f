import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { DaimonError } from "../../packages/protocol/src/index.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { idle, join, logOf, until } from "./world.ts";

const asks = process.env["DAIMON_TEST_LONG"] === undefined ? 60 : 500;
const people = ["mia", "ben", "noa", "eva", "tim"];

test(`of five people who answer each of ${asks} questions at once exactly one is heard, the others are told so, and what ran ran once`, async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const calls = Array.from({ length: asks }, (_, n) => ({ call: { tool: "append", input: { line: `line ${n}` } } }));
    await using daemon = await startDaemon({ home, script: { race: [calls, [{ text: "Done." }]] } });
    const clients = people.map((name) => join(daemon, name));
    const [mia] = clients;
    const { id: sessionId } = await mia!.request("session/create", { cwd: folder, model: "scripted/script" });
    /** Of each question: who was heard, and with what the others were refused. */
    const heard = new Map<number, string[]>();
    const refused = new Map<number, string[]>();
    const note = (of: Map<number, string[]>, ask: number, what: string) => of.set(ask, [...(of.get(ask) ?? []), what]);
    const answered: Promise<unknown>[] = [];
    const all = await Promise.all(
      clients.map(async (client, n) => {
        const at = await client.attach(sessionId);
        at.onChange((change) => {
          if (change.is !== "event" || change.recorded.event.type !== "ask.opened") return;
          const { seq: askId, event } = change.recorded;
          const allow = (askId + n) % 2 === 0;
          const answer = client.request("session/answer", { sessionId, askId, digest: event.digest, allow });
          answered.push(
            answer.then(
              () => note(heard, askId, `${people[n]} ${allow}`),
              (error: unknown) => note(refused, askId, error instanceof DaimonError ? error.code : String(error)),
            ),
          );
        });
        return at;
      }),
    );
    await mia!.request("session/input", { sessionId, text: "race" });
    await until(all[0]!, (at) => idle(at) && at.now.view.items.some(({ kind }) => kind === "text"));
    await Promise.all(all.map((at) => until(at, ({ now }) => now.view.seq >= all[0]!.now.view.seq)));
    await Promise.all(answered);

    const log = await logOf(mia!, sessionId);
    const opened = log.flatMap(({ seq, event }) => (event.type === "ask.opened" ? [seq] : []));
    expect(opened).toHaveLength(asks);
    const given = log.flatMap(({ by, event }) =>
      event.type === "ask.answered" ? [[event.ask, `${by.name} ${event.allow}`] as const] : [],
    );
    expect(given.map(([ask]) => ask)).toEqual(opened);
    for (const [ask, answer] of given) {
      expect(heard.get(ask)).toEqual([answer]);
      expect(refused.get(ask)).toEqual(Array(people.length - 1).fill("already_answered"));
    }
    const allowed = given.filter(([, answer]) => answer.endsWith("true")).length;
    const lines = readFileSync(path(home, "state/effects"), "utf8").trim().split("\n");
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toHaveLength(allowed);
    expect(new Set(given.map(([, answer]) => answer.split(" ")[0])).size).toBeGreaterThan(1);
    for (const client of clients) client.close();
    await daemon.stop();
  });
}, 300_000);
