import { expect, test } from "vitest";
import { ManualClock } from "../../../../tests/model/clock.ts";
import type { ModelEvent, ModelRequest, Provider } from "./models.ts";
import { watched } from "./watch.ts";

const request = { model: "m1" } as ModelRequest;
const patience = () => ({ first: 60_000, between: 10_000 });
const breath = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A provider that says what it is given and then hangs, deaf to everything but its signal being looked at. */
function hanging(...events: ModelEvent[]) {
  const seen: { signal?: AbortSignal } = {};
  const provider: Provider = {
    name: "acme",
    models: async () => [],
    async *stream(_, signal) {
      seen.signal = signal;
      yield* events;
      await new Promise(() => {});
    },
  };
  return { provider, seen };
}

async function collect(stream: AsyncIterable<ModelEvent>) {
  const got: ModelEvent[] = [];
  try {
    for await (const event of stream) got.push(event);
    return { got, why: "" };
  } catch (error) {
    return { got, why: (error as Error).message };
  }
}

test("a model that goes silent is given up, later where it never spoke; a sign of life counts as a word", async () => {
  const clock = new ManualClock();
  const { signal } = new AbortController();
  const silent = hanging();
  const alive = hanging({ type: "alive" });
  const [first, second] = [silent, alive].map(({ provider }) =>
    collect(watched(provider, request, { clock, patience }, signal)),
  );
  await breath();
  await clock.advance(10_000, breath);
  expect(await second).toEqual({ got: [{ type: "alive" }], why: "acme went silent: for 10 s" });
  expect([silent.seen.signal?.aborted, alive.seen.signal?.aborted]).toEqual([false, true]);
  await clock.advance(50_000, breath);
  expect(await first).toMatchObject({ why: "acme went silent: for 60 s" });
});

test("an interrupt is not kept waiting by a stream that hangs", async () => {
  const abort = new AbortController();
  const { provider, seen } = hanging({ type: "text", text: "a" });
  const over = collect(watched(provider, request, { clock: new ManualClock(), patience }, abort.signal));
  await breath();
  abort.abort(new Error("stop"));
  expect(await over).toEqual({ got: [{ type: "text", text: "a" }], why: "stop" });
  expect(seen.signal?.aborted).toBe(true);
});

test("nobody is asked after an interrupt", async () => {
  const { provider, seen } = hanging({ type: "text", text: "a" });
  const over = collect(watched(provider, request, { clock: new ManualClock(), patience }, AbortSignal.abort("stop")));
  await expect(over).resolves.toMatchObject({ got: [] });
  expect(seen.signal).toBeUndefined();
});

test("whoever leaves lets the provider clean up, and leaves no timer behind", async () => {
  const clock = new ManualClock();
  let left = false;
  const provider: Provider = {
    name: "acme",
    models: async () => [],
    async *stream() {
      try {
        yield { type: "text", text: "a" };
        yield { type: "text", text: "b" };
      } finally {
        left = true;
      }
    },
  };
  for await (const _ of watched(provider, request, { clock, patience }, new AbortController().signal)) break;
  await breath();
  expect({ left, timers: clock.waiting }).toEqual({ left: true, timers: 0 });
});
