import { expect, test } from "vitest";
import { ManualClock } from "../../../../tests/model/clock.ts";
import { ProviderFault } from "./faults.ts";
import { listModels } from "./listing.ts";
import type { Catalogue, ModelInfo, Provider } from "./models.ts";

const provider = (name: string, models: Provider["models"]): Provider => ({
  name,
  models,
  async *stream() {},
});
const known: Record<string, ModelInfo> = {
  "acme/big": { id: "big", name: "Big", context: 100, price: { input: 1, output: 2 } },
};
const catalogue: Catalogue = { info: async (full) => known[full], price: async () => undefined };
const breath = () => new Promise<void>((resolve) => setImmediate(resolve));

test("one who never answers is named after two seconds, with those who say no; all others are listed", async () => {
  const clock = new ManualClock();
  let left: AbortSignal | undefined;
  const deaf = provider("deaf", (signal) => new Promise(() => (left = signal)));
  const closed = provider("closed", () => Promise.reject(new ProviderFault("auth", "closed", "")));
  const open = provider("open", async () => [{ id: "m", name: "m" }]);
  const listed = listModels({ providers: [deaf, closed, open], catalogue, clock });
  await breath();
  expect(left?.aborted).toBe(false);
  await clock.advance(2000, breath);
  expect(left?.aborted).toBe(true);
  expect(await listed).toEqual({
    models: [{ id: "open/m", name: "open/m" }],
    unreachable: [
      { provider: "deaf", why: "deaf cannot be reached: no answer within 2 s" },
      { provider: "closed", why: 'closed does not accept the key; run "daimon login closed"' },
    ],
  });
});

test("what nobody says of a model is taken from what is known of it, and else it is absent", async () => {
  const models = async () => [
    { id: "big", name: "big", context: 50 },
    { id: "odd", name: "Odd" },
  ];
  const listed = await listModels({ providers: [provider("acme", models)], catalogue, clock: new ManualClock() });
  expect(listed.models).toEqual([
    // The window is the server's own word.
    { id: "acme/big", name: "Big", context: 50, price: { input: 1, output: 2 } },
    { id: "acme/odd", name: "Odd" },
  ]);
});
