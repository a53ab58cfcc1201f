import { expect, test } from "vitest";
import { type Answer, stall, streaming } from "../providers/server.ts";
import { withModel } from "./model-world.ts";
import { speakers } from "./vendors.ts";
import { idle, logOf, next, until } from "./world.ts";

const long = process.env["DAIMON_TEST_LONG"] !== undefined;

/** Where an answer is stopped: at each of its bytes, or at a fixed sample of them. */
function placesIn(bytes: number): number[] {
  const count = long ? bytes : 20;
  return Array.from({ length: count }, (_, n) => Math.floor((n * bytes) / count));
}

test.for(speakers)(
  "Ctrl-C at any byte of an answer ends it at once, keeps the words so far and closes the connection: $speaks",
  { timeout: 600_000 },
  async (speaker) => {
    const answer = Buffer.from(
      speaker
        .says({
          text: ["Grüße, ", "Welt 🌍."],
          calls: [
            { id: "call_a", tool: "append", input: { line: "never" } },
            { id: "call_b", tool: "append", input: { line: "never" } },
          ],
        })
        .join(""),
    );
    let reply: Answer = streaming([]);
    await withModel(
      speaker,
      () => reply,
      async ({ mia, at, sessionId, vendor }) => {
        for (const [round, place] of placesIn(answer.length).entries()) {
          const sent = Promise.withResolvers<void>();
          reply = streaming([answer.subarray(0, place), () => sent.resolve(), stall]);
          await mia.request("session/input", { sessionId, text: `round ${round}` });
          await sent.promise;
          const { turn } = at.now.view;
          const ended = next(at, "turn.ended");
          await mia.request("session/interrupt", { sessionId, target: "turn" });
          expect((await ended).event, `byte ${place}`).toMatchObject({ outcome: "interrupted", reason: "interrupt" });
          expect(await vendor.requests[round]!.over, `byte ${place}`).toBe(true);
          const said = at.now.view.items.filter((item) => item.turn === (turn.is === "idle" ? 0 : turn.id));
          for (const item of said) {
            if (item.kind === "text") expect("Grüße, Welt 🌍.".startsWith(item.text), `byte ${place}`).toBe(true);
            if (item.kind === "call") expect(item).toMatchObject({ state: "done", ok: false, outcome: "not_run" });
          }
        }
        // Nothing of all that is in the way of the next answer.
        reply = streaming(speaker.says({ text: ["Whole."] }));
        await mia.request("session/input", { sessionId, text: "and now?" });
        await until(at, (now) => idle(now) && now.now.view.items.at(-1)?.kind === "text");
        expect(at.now.view.items.at(-1)).toMatchObject({ kind: "text", text: "Whole." });
        const log = await logOf(mia, sessionId);
        expect(log.filter(({ event }) => event.type === "call.started")).toEqual([]);
      },
    );
  },
);
