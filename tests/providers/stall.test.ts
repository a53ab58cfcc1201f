import { expect, test } from "vitest";
import type { ModelEvent, ModelRequest, Provider } from "../../packages/server/src/core/ports.ts";
import { watched } from "../../packages/server/src/core/watch.ts";
import { ManualClock } from "../model/clock.ts";
import { anthropicWire } from "./anthropic-wire.ts";
import { asking, vendorOf, wordsIn } from "./asking.ts";
import { chatWire } from "./chat.ts";
import { geminiWire } from "./gemini-wire.ts";
import { openaiWire } from "./responses.ts";
import { stall, streaming } from "./server.ts";

/** The time-outs of the vendors' SDKs do not end an answer that just stops coming: ours does. */

const breath = () => new Promise<void>((resolve) => setImmediate(resolve));

test.for([anthropicWire, openaiWire, chatWire, geminiWire].map((wire) => [wire.model, wire] as const))(
  "an answer that stops coming is given up, its connection closed; even a comment is a sign of life: %s",
  async ([, wire]) => {
    // Nothing is on its way when the last word was heard.
    const said = wire.words.slice(
      0,
      wire.words.findIndex((frame) => typeof frame === "string" && frame.includes("🌍")) + 1,
    );
    const comment = Promise.withResolvers<void>();
    const commented = Promise.withResolvers<void>();
    const vendor = await vendorOf([streaming([...said, comment.promise, ": PROCESSING\n\n", stall])]);
    const inner = wire.provider({ name: "acme", key: "k", baseURL: vendor.url });
    let comes = () => {};
    const provider: Provider = {
      ...inner,
      stream: (asks, leaves, lives) =>
        inner.stream(asks, leaves, () => {
          lives?.();
          comes();
        }),
    };
    const clock = new ManualClock();
    const patience = () => ({ first: 600_000, between: 120_000 });
    const request: ModelRequest = { ...asking(), model: wire.model };
    const { signal } = new AbortController();
    const heard: ModelEvent[] = [];
    const whole = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const event of watched(provider, request, { clock, patience }, signal)) {
        heard.push(event);
        if (wordsIn(heard).endsWith("🌍.")) whole.resolve();
      }
    })();
    const fault = reading.catch((error: unknown) => error);
    await whole.promise;
    await clock.advance(119_999, breath);
    comes = () => commented.resolve();
    comment.resolve();
    await commented.promise;
    // It was a sign of life, though it says nothing: the time begins anew.
    await clock.advance(119_999, breath);
    expect(await Promise.race([fault, breath()])).toBeUndefined();
    await clock.advance(1, breath);
    expect(await fault).toMatchObject({ kind: "stalled", passes: true, message: "acme went silent: for 120 s" });
    expect(await vendor.requests[0]!.over).toBe(true);
  },
);
