import { expect, test } from "vitest";
import { streaming } from "../providers/server.ts";
import { withModel } from "./model-world.ts";
import { type Counts, type Speaker, speakers } from "./vendors.ts";
import { idle, logOf, screen, until } from "./world.ts";

/** Real models as people meet them: the real daemon, the vendor's real SDK, and a vendor on loopback. */

const counts: Counts[] = [
  { input: 1000, cached: 0, output: 50 },
  { input: 1200, cached: 1000, output: 30 },
  { input: 1300, cached: 1200, output: 10 },
];

const turn = ({ says }: Speaker) => [
  says({
    text: ["I look ", "at both."],
    calls: [
      { id: "call_a", tool: "get_repr", input: { expression: "x" } },
      { id: "call_b", tool: "get_type", input: { expression: "x" } },
    ],
    usage: counts[0]!,
  }),
  says({ calls: [{ id: "call_c", tool: "python", input: { code: "y = x + 1\ny" } }], usage: counts[1]! }),
  says({ text: ["y is ", "42."], usage: counts[2]! }),
];

const costOf = ({ price = { input: 0, cached: 0, output: 0 } }: Speaker): number =>
  counts.reduce(
    (sum, { input, cached, output }) =>
      sum + ((input - cached) * price.input + cached * price.cached + output * price.output) / 1e6,
    0,
  );

test.for(speakers)(
  "a question is answered through the live Python, step by step, and what it took is counted: $speaks",
  { timeout: 60_000 },
  async (speaker) => {
    const steps = turn(speaker);
    await withModel(
      speaker,
      (_, index) => streaming(steps[index] ?? []),
      async ({ mia, at, sessionId, vendor }) => {
        await mia.request("session/python", { sessionId, code: "x = 41" });
        await until(at, idle);
        await mia.request("session/input", { sessionId, text: "what comes after x?" });
        await until(at, (now) => idle(now) && screen(now).endsWith("42."));

        expect(at.now.view.items.slice(1)).toMatchObject([
          { kind: "input", text: "what comes after x?" },
          { kind: "text", text: "I look at both." },
          { kind: "call", tool: "get_repr", callId: "call_a", ok: true, value: { text: "41" } },
          { kind: "call", tool: "get_type", callId: "call_b", ok: true, value: { text: "x is an int" } },
          { kind: "call", tool: "python", callId: "call_c", ok: true, value: { text: "42" } },
          { kind: "cell", code: "y = x + 1\ny", ok: true, result: { text: "42" } },
          { kind: "text", text: "y is 42." },
        ]);
        const { usage } = at.now.view;
        expect(usage).toMatchObject({ input: 3500, output: 90, cacheRead: 2200 });
        expect(usage.cost).toBeCloseTo(costOf(speaker), 9);
        expect(usage.unpriced).toBeUndefined();

        // What the model is asked: the question with what people did before it, and each result by the call it belongs to.
        expect(vendor.requests).toHaveLength(3);
        const [first, second, third] = vendor.requests.map(({ text }) => text);
        expect(first).toContain("x = 41");
        expect(second).toContain("I look at both.");
        for (const result of ["call_a", "call_b", '41"', "x is an int"]) expect(second).toContain(result);
        expect(third).toContain("call_c");
        const log = await logOf(mia, sessionId);
        const calls = log.flatMap(({ event }) => (/^call\.(?:started|finished)$/.test(event.type) ? [event.type] : []));
        const [started, finished] = ["call.started", "call.finished"];
        expect(calls, "those that only look run beside each other").toEqual([
          ...[started, started, finished, finished],
          ...[started, finished],
        ]);
      },
    );
  },
);
