import { expect, test } from "vitest";
import type { Wire } from "../conformance/vendor.ts";
import { anthropicWire } from "../providers/anthropic-wire.ts";
import { chatWire } from "../providers/chat.ts";
import { geminiWire } from "../providers/gemini-wire.ts";
import { openaiWire } from "../providers/responses.ts";
import { type Answer, lengthOf, streaming } from "../providers/server.ts";
import { nameOf, withModel } from "./model-world.ts";
import { type Speaker, speakers } from "./vendors.ts";
import { idle, logOf, until } from "./world.ts";

/** What goes wrong with a model, in the words of each vendor, through the real daemon: one sentence, one defined next step. */

const wires: Record<string, Wire> = {
  anthropic: anthropicWire,
  openai: openaiWire,
  "openai-chat": chatWire,
  gemini: geminiWire,
};

/** `says`: people read it, of a turn that ended with it, or was tried again, or whose call failed. */
type Fault = { answers: Answer[]; says: RegExp; next: "ends" | "asks again" | "goes on" };

function faultsOf(wire: Wire): Record<string, Fault> {
  const refused = (status: number, said: string, headers: Record<string, string> = {}): Answer => {
    const answer = wire.refusal(status, said);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  };
  const ends = (answer: Answer, says: RegExp): Fault => ({ answers: [answer], says, next: "ends" });
  // The SDKs try again in silence first.
  const passing = (status: number, says: RegExp): Fault => ({
    answers: Array.from({ length: 1 + wire.retries }, () => refused(status, "not now", { "retry-after-ms": "1" })),
    says,
    next: "asks again",
  });
  const again = (answer: Answer, says: RegExp): Fault => ({ answers: [answer], says, next: "asks again" });
  const half = lengthOf(
    wire.words.slice(
      0,
      wire.words.findIndex((frame) => typeof frame === "string" && frame.includes("🌍")),
    ),
  );
  const stopped: Record<string, RegExp> = {
    refusal: /the model refused to answer/,
    filter: /filter held the answer back/,
    length: /say "go on" to continue/,
  };
  const stops = wire.stops.flatMap(([stop, frames]) => {
    const says = stopped[stop];
    return says ? [[`an end for ${stop}`, ends(streaming(frames), says)] as const] : [];
  });
  const malformed = wire.malformed.map((frames): readonly [string, Fault] => [
    "broken arguments",
    { answers: [streaming(frames)], says: /no valid JSON/, next: "goes on" },
  ]);
  return {
    "a wrong key": ends(refused(401, "who are you"), /does not accept the key \(401\): who are you; run "daimon login/),
    "no money": ends(refused(402, "pay"), /wants to be paid first \(402\): pay; look after your account/),
    "an unknown model": ends(refused(404, "no such"), /has no model .*; "daimon models" lists what there is/),
    "an odd request": ends(refused(400, "this is odd"), /did not take the request \(400\): this is odd/),
    "too much": ends(refused(400, wire.tooLong), /is longer than .* takes \(400\).*; give it less at once/),
    "too long a wait": ends(
      refused(429, "slow down", { "retry-after": "3600" }),
      /wants fewer requests \(429\): slow down; it asks for a wait of 60 minutes/,
    ),
    "too many requests": passing(429, /wants fewer requests \(429\): not now; trying again/),
    overload: passing(529, /is overloaded \(529\): not now; trying again/),
    "a failing server": passing(500, /failed \(500\): not now; trying again/),
    "overload within the answer": again(streaming(wire.overloaded), /is overloaded.*; trying again in 1 s/),
    "an answer cut off": again(
      streaming(wire.words, { cut: half }),
      /the answer of .* broke off.*; trying again in 1 s/,
    ),
    "an empty answer": again(streaming(wire.empty), /broke off: it said nothing; trying again in 1 s/),
    "an unknown tool, by one id twice": {
      answers: [streaming(wire.strange)],
      says: /There is no tool named no_such_tool.*There is no tool named no_such_tool/s,
      next: "goes on",
    },
    ...Object.fromEntries([...stops, ...malformed]),
  };
}

test.for(speakers)("every fault is a sentence and a next step: $speaks", { timeout: 120_000 }, async (speaker) => {
  const faults = faultsOf(wires[speaker.speaks] as Wire);
  const asked = new Map<string, number>();
  const whole = streaming((speaker satisfies Speaker).says({ text: ["The whole answer."] }));
  const script = ({ text }: { text: string }): Answer => {
    const name =
      Object.keys(faults).find((one) => text.includes(`<${one}>`) || text.includes(`\\u003c${one}\\u003e`)) ?? "";
    const times = asked.get(name) ?? 0;
    asked.set(name, times + 1);
    return faults[name]?.answers[times] ?? whole;
  };
  await withModel(speaker, script, async ({ mia, folder }) => {
    const meet = async (name: string, { answers, says, next }: Fault) => {
      const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: nameOf(speaker) });
      const at = await mia.attach(sessionId);
      await mia.request("session/input", { sessionId, text: `<${name}>` });
      await until(at, (now) => idle(now) && now.now.view.items.length > 1);
      const { items } = at.now.view;
      const read = items.map((item) =>
        item.kind === "notice"
          ? item.text
          : item.kind === "ended"
            ? item.reason
            : item.kind === "call"
              ? item.value?.text
              : "",
      );
      expect(read.join("\n"), name).toMatch(says);
      const ended = (await logOf(mia, sessionId)).findLast(({ event }) => event.type === "turn.ended")?.event;
      expect(ended, name).toMatchObject({
        outcome: next === "ends" ? (/go on/.test(says.source) ? "limited" : "failed") : "done",
      });
      expect(asked.get(name), name).toBe(answers.length + (next === "ends" ? 0 : 1));
      if (next !== "ends") expect(items.at(-1), name).toMatchObject({ kind: "text", text: "The whole answer." });
    };
    await Promise.all(Object.entries(faults).map(([name, fault]) => meet(name, fault)));
  });
});
