import { expect, test } from "vitest";
import { chatWire } from "./chat.ts";
import { asking, hear, joined, vendorOf } from "./asking.ts";
import { openaiWire } from "./responses.ts";
import { lengthOf, streaming } from "./server.ts";

test.for([
  ["openai", openaiWire],
  ["openai-chat", chatWire],
] as const)("%s: an answer that ends early as if that were all is whole or broke off", async ([name, wire]) => {
  const frames = wire.calls(1);
  const bytes = Buffer.from(frames.map(String).join(""));
  // Behind each event, within the lines that end it, and within its JSON.
  const ends = frames.flatMap((_, index) => [0, 1, 2, 9].map((less) => lengthOf(frames.slice(0, index + 1)) - less));
  const vendor = await vendorOf((_, index) => streaming([bytes.subarray(0, [Infinity, ...ends][index])]));
  const provider = wire.provider({ name, baseURL: vendor.url });
  const whole = joined((await hear(provider, asking())).events);
  for (const end of ends) {
    const { events, fault } = await hear(provider, asking());
    if (fault) expect(fault.kind, `ended at ${end}`).toBe("broken");
    // The count comes last, and an answer without it is whole.
    else expect(joined(events).slice(0, -1), `ended at ${end}`).toEqual(whole.slice(0, -1));
    const calls = events.filter(({ type }) => type === "call");
    expect(whole, `ended at ${end}`).toEqual(expect.arrayContaining(calls));
  }
});
