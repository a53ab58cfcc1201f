import { expect, test } from "vitest";
import { type Answer, lengthOf, stall, streaming } from "../providers/server.ts";
import { nameOf, withModel } from "./model-world.ts";
import { speakers } from "./vendors.ts";
import { idle, logOf, next, until } from "./world.ts";

/** What an answer cost that never came to its end: as much as its vendor had said by then, and else nobody knows. */

/** Of the half that comes, in the words of each vendor. */
const said: Record<string, object> = {
  // 100 tokens for 5 dollars a million, one for 25.
  anthropic: { usage: { input: 100, output: 1 }, cost: expect.closeTo(0.000525, 9) as number },
  // 100 for 0.3 and 10 for 2.5.
  gemini: { usage: { input: 100, output: 10 }, cost: expect.closeTo(0.000055, 9) as number },
  openai: {},
  // Nobody is paid for it, whatever it was.
  "openai-chat": { cost: 0 },
};

test.for(speakers)(
  "an answer that breaks off or is stopped is counted as far as its vendor told, and else is unknown: $speaks",
  async (speaker) => {
    const { speaks } = speaker;
    const whole = speaker.says({ text: ["Half of ", "it."] });
    const half = whole.slice(
      0,
      whole.findIndex((frame) => frame.includes('"it."')),
    );
    const sent = Promise.withResolvers<void>();
    const answers: Answer[] = [
      streaming(whole, { cut: lengthOf(half) }),
      streaming(whole),
      streaming([...half, () => sent.resolve(), stall]),
    ];
    await withModel(speaker, answers, async ({ mia, sessionId, at }) => {
      const steps = async () =>
        (await logOf(mia, sessionId)).flatMap(({ event }) => (event.type === "step.ended" ? [event] : []));
      await mia.request("session/input", { sessionId, text: "breaks off" });
      await until(at, (now) => idle(now) && now.now.view.items.at(-1)?.kind === "text");
      const [cut] = await steps();
      const told = { type: "step.ended", step: expect.any(Number) as number, stop: "cut", model: nameOf(speaker) };
      const why = { reason: expect.stringContaining("broke off") as string, retryIn: 1000 };
      expect(cut).toEqual({ ...told, ...said[speaks], ...why });

      await mia.request("session/input", { sessionId, text: "is stopped" });
      await sent.promise;
      await until(at, ({ now }) => now.view.blocks.length > 0);
      const ended = next(at, "turn.ended");
      await mia.request("session/interrupt", { sessionId, target: "turn" });
      expect((await ended).event).toMatchObject({ outcome: "interrupted" });
      const all = await steps();
      expect(all[2]).toEqual({ ...told, ...said[speaks] });

      const sums = all.map(({ usage, cost }) => ({ input: usage?.input ?? 0, output: usage?.output ?? 0, cost }));
      const sum = (of: "input" | "output" | "cost") => sums.reduce((total, one) => total + (one[of] ?? 0), 0);
      const totals = { input: sum("input"), output: sum("output"), cost: expect.closeTo(sum("cost"), 9) as number };
      const unknown = speaks === "openai";
      expect(at.now.view.usage).toMatchObject({ ...totals, ...(unknown ? { unpriced: true } : {}) });
      expect("unpriced" in at.now.view.usage).toBe(unknown);
      const { total } = await mia.request("usage", {});
      expect(total).toMatchObject({ ...totals, unpricedTokens: 0, uncounted: unknown ? 2 : 0 });
    });
  },
);
