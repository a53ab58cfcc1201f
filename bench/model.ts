import { setTimeout as pause } from "node:timers/promises";
import type { Provider } from "../packages/server/src/core/ports.ts";

export const token = " token";

/** Tokens at a steady pace, late ones made up for. The same pace whoever asks: a daemon or a floor. */
export async function* paced(perSecond: number, seconds: number): AsyncGenerator<string> {
  const start = performance.now();
  const total = perSecond * seconds;
  for (let sent = 0; sent < total;) {
    await pause(10);
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond));
    for (; sent < due; sent++) yield token;
  }
}

/** As many as there is room for, in pieces of 100 as a network would bring them. */
export async function* flood(total: number): AsyncGenerator<string> {
  for (let sent = 0; sent < total; sent++) {
    if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    yield token;
  }
}

/**
 * `first`: a short answer at once. `flood`: an input says how many tokens. `paced`: an input says for how
 * many seconds. `asks`: wants to run a cell, about which people are asked. */
export const steadyProvider: Provider = {
  name: "steady",
  models: async () => ["first", "flood", "paced", "asks"].map((id) => ({ id, name: id, context: 1e6, output: 1e6 })),
  async *stream({ model, messages }, signal) {
    if (model === "asks" && messages.at(-1)?.role !== "tool") {
      yield { type: "call", callId: `c${messages.length}`, tool: "python", input: { code: "1" } };
      yield { type: "end", stop: "calls", usage: { input: 1, output: 1 } };
      return;
    }
    const asked = messages.findLast(({ role }) => role === "user");
    const count = Number(asked?.role === "user" ? asked.text : 0);
    const tokens = model === "flood" ? flood(count) : model === "paced" ? paced(100, count) : flood(10);
    let output = 0;
    for await (const text of tokens) {
      signal.throwIfAborted();
      output++;
      yield { type: "text", text };
    }
    yield { type: "end", stop: "end", usage: { input: 1, output } };
  },
};
