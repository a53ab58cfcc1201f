import { expect, test } from "vitest";
import { type Answer, type Frame, stall, streaming } from "../providers/server.ts";
import { nameOf, withModel } from "./model-world.ts";
import { type Speaker, speakers } from "./vendors.ts";
import { idle, logOf, until } from "./world.ts";

/** A connection that lives and says nothing more: the SDKs wait for it for ever, and a person shall not. */

const silence = 1500;
const patience = `[patience]\nfirst = ${silence}\nbetween = ${silence}\n`;
const line = "never to be seen in a file";

/** The bytes of an answer up to the middle of this word. */
function upTo(answer: readonly string[], word: string): Frame[] {
  const whole = answer.join("");
  return [whole.slice(0, whole.indexOf(word) + word.length / 2), stall];
}

function placesOf({ says }: Speaker): Record<string, Answer> {
  const words = says({ text: ["Half of ", "it."] });
  const calls = says({ calls: [{ id: "call_1", tool: "append", input: { line } }] });
  return {
    "before the headers": { once: stall },
    "after the headers": streaming([stall]),
    "within the text": streaming([words.slice(0, -1).join("").split("it.")[0] ?? "", stall]),
    "within the arguments of a call": streaming(upTo(calls, line)),
  };
}

test.for(speakers)(
  "a model that goes silent is given up wherever it does, its connection closed, and asked again openly: $speaks",
  async (speaker) => {
    const places = placesOf(speaker);
    const asked = new Set<string>();
    const script = ({ text }: { text: string }): Answer => {
      const place = Object.keys(places).find((name) => text.includes(name)) ?? "";
      const again = asked.has(place);
      asked.add(place);
      return again ? streaming(speaker.says({ text: ["The whole answer."] })) : places[place]!;
    };
    await withModel(
      speaker,
      script,
      async ({ mia, folder, vendor }) => {
        const stalled = async (place: string) => {
          const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: nameOf(speaker) });
          const at = await mia.attach(sessionId);
          await mia.request("session/input", { sessionId, text: `It stalls ${place}.` });
          await until(at, (now) => idle(now) && now.now.view.items.at(-1)?.kind === "text");
          const events = (await logOf(mia, sessionId)).map(({ event }) => event);
          const steps = events.filter(({ type }) => type === "step.ended");
          expect(steps, place).toMatchObject([
            { stop: "cut", reason: `${speaker.speaks} went silent: for ${silence / 1000} s`, retryIn: 1000 },
            { stop: "end" },
          ]);
          const texts = at.now.view.items.flatMap((item) => (item.kind === "text" ? [[item.text, item.cut]] : []));
          const half = place === "within the text" ? [["Half of ", true]] : [];
          expect(texts, place).toEqual([...half, ["The whole answer.", undefined]]);
          expect(events.some(({ type }) => type === "call.requested")).toBe(false);
          const requests = vendor.requests.filter(({ text }) => text.includes(place));
          expect(requests[1]?.text, place).toBe(requests[0]?.text);
          expect(await requests[0]?.over, place).toBe(true);
        };
        await Promise.all(Object.keys(places).map(stalled));
      },
      patience,
    );
  },
);
