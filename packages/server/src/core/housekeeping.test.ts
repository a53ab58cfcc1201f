import type { ParamsOf, ResultOf } from "@daimon/protocol";
import { setImmediate as tick } from "node:timers/promises";
import { expect, test } from "vitest";
import { World } from "../../../../tests/model/world.ts";
import type { Caller } from "./ports.ts";

/** The real hub and store, with a clock that is moved by hand. */

const mia: Caller = { actor: { principal: "mia", client: "cli" }, role: "admin" };
const day = 24 * 3600_000;

test("a session that cannot be taken while the disk fails is refused for now and not called broken", async () => {
  const world = new World(true);
  await world.start();
  const ask = <M extends "session/get" | "session/list">(method: M, params: ParamsOf<M>) =>
    new Promise<ResultOf<M>>((ok, refused) => world.hub.submit(mia, method, params, { ok, refused }));
  // Nobody needs it for long enough that it is put away.
  await world.clock.advance(12 * 60_000, () => tick());
  expect(world.hub.counts().live).toBe(0);
  world.disk.full = true;
  await expect(ask("session/get", { sessionId: "first" })).rejects.toMatchObject({ code: "store_unavailable" });
  expect((await ask("session/list", {})).sessions[0]).not.toHaveProperty("quarantined");
  expect(world.hub.counts().trouble).toEqual([]);
  world.disk.full = false;
  expect(await ask("session/get", { sessionId: "first" })).toMatchObject({ id: "first" });
  await world.end();
});

test("a retry is known for seven days, whether the daemon still has it in mind or not, and is a new command after that", async () => {
  const world = new World(true);
  await world.start();
  const note = (opId: string) =>
    new Promise<{ seq: number }>((ok, refused) =>
      world.hub.submit(mia, "session/update", { sessionId: "first", title: opId, opId }, { ok, refused }),
    );
  const pass = (ms: number) => world.clock.advance(ms, () => tick());

  const old = await note("old");
  await pass(6 * day);
  expect(await note("old")).toEqual(old);
  const young = await note("young");
  await pass(day - 60_000);
  expect(await note("old")).toEqual(old);
  expect(await world.kept("mia", "old")).toBeDefined();
  await pass(120_000);
  // Housekeeping forgot the one and not the other.
  expect(await world.kept("mia", "old")).toBeUndefined();
  expect(await world.kept("mia", "young")).toBeDefined();
  expect((await note("old")).seq).toBe(young.seq + 1);
  expect(await note("young")).toEqual(young);
  await world.end();
});
