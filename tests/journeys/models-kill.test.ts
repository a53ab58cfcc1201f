import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { EventType, Recorded } from "../../packages/protocol/src/index.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import type { LastWords } from "../dying-store.ts";
import { type Asked, type Frame, startVendor, streaming } from "../providers/server.ts";
import { messagesOf } from "./anthropic-expected.ts";
import { nameOf, reaching } from "./model-world.ts";
import { type Speaker, speakers } from "./vendors.ts";
import { idle, join, logOf, screen, until } from "./world.ts";

const long = process.env["DAIMON_TEST_LONG"] !== undefined;
const anthropic = speakers.find(({ speaks }) => speaks === "anthropic") as Speaker;

type Body = { messages: { role: string; content: { text?: string }[] }[] };

/** Waits until so many events of a type were heard of. */
type Hears = (type: EventType, times: number) => Promise<void>;

/**
 * Three steps for "work": two calls beside each other, one that changes the world, the answer. What comes is written before
 * more is sent, so that there is a place to die between them.
 */
function answerTo({ body, text }: Asked, hears: Hears): Frame[] {
  if (text.includes("go on")) return anthropic.says({ text: ["Continued."] });
  const line = /work (\w+)/.exec(text)?.[1];
  const looks = ["get_repr", "get_type"].map((tool, n) => ({ id: `call_${n}`, tool, input: { expression: "[1]" } }));
  const steps = [
    { text: ["I look ", "at both."], calls: looks },
    { text: ["Now I ", "write."], calls: [{ id: "call_2", tool: "append", input: { line } }] },
    { text: ["All ", "is done."] },
  ];
  const made = (body as Body).messages.filter(({ role }) => role === "assistant").length;
  const [opening = ""] = steps[made]?.text ?? [];
  return anthropic.says(steps[made] ?? {}).flatMap((frame): Frame[] => {
    if (frame.includes(`"${opening}"`)) return [frame, () => hears("text.opened", made + 1)];
    // It begins where the call before it is whole.
    return frame.includes('"call_1"') ? [frame, () => hears("call.requested", 1)] : [frame];
  });
}

test(
  "kill -9 at any event of a turn: what the model is asked next is what the log says, and nothing was done twice",
  { timeout: 3_600_000 },
  async () => {
    let hears: Hears = async () => {};
    const vendor = await startVendor((asked) => streaming(answerTo(asked, hears)));
    await withFolder(async (folder) => {
      const [home, cwd, file] = ["home", "work", "last-words"].map((name) => path(folder, name)) as [
        string,
        string,
        string,
      ];
      await mkdir(cwd);
      const dieAt = (words: LastWords) => writeFileSync(file, JSON.stringify(words));
      dieAt({ session: "", seq: 0 });
      const { env } = await reaching(home, anthropic, vendor);
      const start = () => startDaemon({ home, env: { ...env, DAIMON_TEST_LAST_WORDS: file } });
      let daemon = await start();
      try {
        let template: Body | undefined;

        /** One turn that is cut at an event, by the daemon's own death in its commit or by whoever saw it; and what comes then. */
        async function round(line: string, place: number, how: "unheard" | "heard"): Promise<Recorded[]> {
          const asked = vendor.requests.length;
          const mia = join(daemon, "mia");
          const { id: sessionId } = await mia.request("session/create", {
            cwd,
            model: nameOf(anthropic),
            mode: "auto-edit",
          });
          const at = await mia.attach(sessionId);
          const heard = new Map<number, string>();
          const types: EventType[] = [];
          at.onChange((change) => {
            if (change.is !== "event") return;
            heard.set(change.recorded.seq, JSON.stringify(change.recorded));
            types.push(change.recorded.event.type);
          });
          hears = (type, times) => until(at, () => types.filter((one) => one === type).length >= times);
          if (how === "unheard") dieAt({ session: sessionId, seq: place });
          mia
            .request("session/input", { sessionId, text: `work ${line}` })
            .then(({ inputId }) => heard.set(inputId, heard.get(inputId) ?? ""))
            .catch(() => {}); // the daemon is killed under it
          if (how === "heard") {
            await until(at, ({ now }) => now.view.seq >= place || (idle(at) && heard.size > 3));
            await daemon.kill();
          }
          await daemon.ended;
          mia.close();

          const before = vendor.requests.length;
          daemon = await start();
          hears = async () => {};
          const again = join(daemon, "mia");
          const back = await again.attach(sessionId);
          const found = await logOf(again, sessionId);
          for (const [seq, recorded] of heard)
            expect(JSON.stringify(found[seq - 1]).startsWith(recorded), `${line}: event ${seq} was told`).toBe(true);
          await again.request("session/input", { sessionId, text: "go on" });
          await until(back, (now) => idle(now) && screen(now).endsWith("Continued."));
          const log = await logOf(again, sessionId);
          again.close();

          const steps = log.filter(({ event }) => event.type === "step.started");
          const requests = vendor.requests.slice(asked).map(({ text }) => text);
          template ??= JSON.parse(requests[0] ?? "") as Body;
          const late = steps.length - (vendor.requests.length - before);
          const expected = steps.map(({ seq }) =>
            JSON.stringify({ ...template, messages: messagesOf(log.slice(0, seq)) }),
          );
          // The last step before the death may have been written and never sent.
          expect(requests.slice(0, before - asked), line).toEqual(expected.slice(0, before - asked));
          expect(requests.slice(before - asked), line).toEqual(expected.slice(late));
          return log;
        }

        const whole = await round("whole", Infinity, "heard");
        const last = whole.findIndex(({ event }) => event.type === "turn.ended") + 1;
        const first = 2;
        const all = Array.from({ length: last - first + 1 }, (_, n) => first + n);
        const sample = Array.from({ length: 8 }, (_, n) => first + Math.round((n * (last - first)) / 7));
        const rounds = long
          ? all.flatMap((place) => [["unheard", place] as const, ["heard", place] as const])
          : sample.map((place, n) => [n % 2 === 0 ? "unheard" : "heard", place] as const);
        for (const [how, place] of rounds) {
          const line = `${how}${place}`;
          const log = await round(line, place, how);
          const started = log.flatMap(({ event }) => (event.type === "call.started" ? [event.call] : []));
          expect(new Set(started).size, line).toBe(started.length);
          for (const { event } of log) {
            if (event.type !== "call.finished" || event.ok) continue;
            const unknown = event.outcome === "unknown";
            expect(event.value.text, line).toContain(unknown ? "nobody knows whether it took effect" : "was not run");
          }
          const effects = path(home, "state/effects");
          const written = existsSync(effects) ? readFileSync(effects, "utf8").split("\n") : [];
          const times = written.filter((one) => one === line).length;
          const appended = log.find(({ event }) => event.type === "call.requested" && event.tool === "append");
          const end = log.find(({ event }) => event.type === "call.finished" && event.call === appended?.seq)?.event;
          if (end?.type === "call.finished" && end.ok) expect(times, line).toBe(1);
          else expect(times, line).toBeLessThanOrEqual(started.includes(appended?.seq ?? 0) ? 1 : 0);
        }
      } finally {
        await daemon.kill();
      }
    });
    await vendor.close();
  },
);
