import { afterEach, beforeEach, expect, test } from "vitest";
import type { Attached, DaimonError, ResultOf } from "../../packages/protocol/src/index.ts";
import { World } from "../model/world.ts";

let world: World;
beforeEach(async () => {
  world = new World(true);
  await world.start();
});
afterEach(async () => {
  await world.end();
  expect(world.truth.wrongs).toEqual([]);
});

const ask = <T>(method: "session/input" | "session/python" | "session/interrupt", params: object): Promise<T> =>
  new Promise((ok, refused) => {
    const { caller } = world.client(0);
    world.hub.submit(caller, method, { sessionId: "first", ...params }, { ok: ok as never, refused });
  });

test("what one client sends is taken in that order, though the first is long and goes into a blob", async () => {
  const order: string[] = [];
  const send = (name: string, text: string) =>
    ask<ResultOf<"session/input">>("session/input", { text, opId: name }).then(() => order.push(name));
  await Promise.all([send("long", "word ".repeat(20_000)), send("short", "word"), send("last", "word")]);
  expect(order).toEqual(["long", "short", "last"]);
});

test("an interrupt does not wait behind what the same client sent before", async () => {
  await ask("session/input", { text: "go", opId: "go" });
  const order: string[] = [];
  const long = ask("session/input", { text: "word ".repeat(20_000), opId: "long" }).then(() => order.push("long"));
  const stop = ask("session/interrupt", { opId: "stop" }).then(() => order.push("stop"));
  await Promise.all([long, stop]);
  expect(order).toEqual(["stop", "long"]);
});

test("a refusal holds nobody up", async () => {
  const empty = ask("session/input", { text: " ", opId: "empty" }).catch((error: DaimonError) => error.code);
  const next = ask<ResultOf<"session/input">>("session/input", { text: "next", opId: "next" });
  expect(await empty).toBe("invalid");
  expect(await next).toMatchObject({ inputId: expect.any(Number) });
});

test("what leaves no event behind is answered when its receipt is kept, and not before", async () => {
  await ask("session/python", { code: "forever", opId: "cell" });
  await world.quiet();
  world.python.boot("first", true);
  await world.quiet();
  world.disk.hold = "before";
  let answered = false;
  const stop = ask("session/interrupt", { target: "cell", opId: "stop" }).then(() => (answered = true));
  await world.quiet();
  const { running } = world.python.live("first") ?? {};
  expect({ interrupted: running?.interrupted, answered }).toEqual({ interrupted: true, answered: false });
  world.disk.release();
  await stop;
  running?.end({ ok: false, outcome: "interrupted" });
  await world.quiet();
});

test("who detaches while the session is still being loaded is not attached afterwards", async () => {
  await world.clock.advance(11 * 60_000, () => world.pause(1));
  expect(world.hub.counts().live).toBe(0);
  const { caller } = world.client(0);
  const link = { caller, reducer: 1, unsent: () => 0, send: () => {}, close: () => {} };
  const told = new Promise<Attached | string>((resolve) =>
    world.hub.attach(link, { sessionId: "first" }, { ok: resolve, refused: ({ code }) => resolve(code) }),
  );
  world.hub.detach(link, "first");
  expect(await told).toBe("gone");
  expect(world.hub.counts()).toMatchObject({ live: 1, attachments: 0 });
});

test("a cell of the assistant that no event holds is refused to it in a sentence, and the session goes on", async () => {
  await ask("session/input", { text: "go", opId: "go" });
  await world.quiet();
  const [stream] = world.mind.streams;
  const input = { code: "\u0001".repeat(16 * 1024) };
  stream?.tell({ event: { type: "call", callId: "c", tool: "python", input } });
  stream?.tell({ event: { type: "end", stop: "calls", usage: { input: 1, output: 1 } } });
  const next = () => world.mind.streams.some((other) => other !== stream);
  while (!next()) await world.quiet();
  const item = world.truth.view("first").items.find(({ kind }) => kind === "call");
  expect(item).toMatchObject({ ok: false, value: { text: expect.stringContaining("give less") as string } });
  expect(world.hub.counts().trouble).toEqual([]);
});

test("a session that begins with more than an event holds is refused, and there is none", async () => {
  const { caller } = world.client(0);
  const roots = Array.from({ length: 40 }, (_, n) => `/${n}${"x".repeat(4000)}`);
  const code = await new Promise((resolve) =>
    world.hub.submit(
      caller,
      "session/create",
      { id: "large", cwd: "/tmp", roots },
      { ok: () => resolve("made"), refused: (error) => resolve(error.code) },
    ),
  );
  expect(code).toBe("too_large");
  expect(world.hub.counts()).toMatchObject({ sessions: 1, trouble: [] });
});

test("a session takes no model whose provider is not there, when it is made as later", async () => {
  const refusals: Promise<DaimonError>[] = (
    [
      ["session/update", { sessionId: "first", model: "scrypted/m" }],
      ["session/create", { cwd: "/tmp", model: "acme/m" }],
      ["session/create", { cwd: "/tmp", model: "m" }],
    ] as const
  ).map(
    ([method, params]) =>
      new Promise((refused) => world.hub.submit(world.client(0).caller, method, params, { ok: () => {}, refused })),
  );
  expect((await Promise.all(refusals)).map(({ code, message }) => [code, message])).toEqual([
    ["not_found", 'no provider "scrypted" is set up for the model scrypted/m; did you mean "scripted"?'],
    [
      "not_found",
      'no provider "acme" is set up for the model acme/m; "daimon models" lists what there is, "daimon login PROVIDER" adds more',
    ],
    ["not_found", 'a model is named provider/model, not "m"; "daimon models" lists what there is'],
  ]);
});
