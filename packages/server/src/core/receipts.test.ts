import { DaimonError } from "@daimon/protocol";
import { expect, test } from "vitest";
import { digestOf } from "./digest.ts";
import { ManualClock } from "../../../../tests/model/clock.ts";
import type { Receipt, Settle, Store } from "./ports.ts";
import { Receipts } from "./receipts.ts";

type Run = { receipt(result: unknown): Receipt[]; settle: Settle<unknown> };

function world(kept: Receipt[] = []) {
  const clock = new ManualClock();
  const disk = {
    answer: async (principal: string, opId: string) =>
      kept.find((receipt) => receipt.principal === principal && receipt.opId === opId),
  };
  const store = { receipt: (...scope) => disk.answer(...scope) } as Pick<Store, "receipt"> as Store;
  const receipts = new Receipts(store, clock);
  const runs: Run[] = [];
  const ask = (opId: string | undefined, params: object = { a: 1 }, { principal = "mia", urgent = false } = {}) => {
    const told: unknown[] = [];
    const asker = {
      ok: (result: unknown) => void told.push(result),
      refused: (error: DaimonError) => void told.push(error.code),
    };
    void receipts.once(principal, opId, "session/input", params, asker, urgent, (receipt, settle) =>
      runs.push({ receipt, settle }),
    );
    return told;
  };
  return { clock, ask, runs, kept, disk };
}
const breath = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a retry that comes while the command is under way joins it: it is done once and both are answered", async () => {
  const { ask, runs } = world();
  const [first, second] = [ask("op"), ask("op")];
  await breath();
  expect(runs).toHaveLength(1);
  runs[0]?.settle.ok({ seq: 7 });
  expect([first, second]).toEqual([[{ seq: 7 }], [{ seq: 7 }]]);
});

test("a retry after a restart is answered from the receipt and not done again", async () => {
  const before = world();
  before.ask("op");
  await breath();
  const receipt = before.runs[0]?.receipt({ seq: 7 }) ?? [];
  const after = world(receipt);
  const told = after.ask("op");
  await breath();
  expect(told).toEqual([{ seq: 7 }]);
  expect(after.runs).toHaveLength(0);
});

test("one opId with other parameters is refused, under way and afterwards; with the same ones in another order it is the same", async () => {
  const { ask, runs, kept } = world();
  ask("op", { a: 1, b: 2 });
  expect(ask("op", { a: 1, b: 3 })).toEqual(["op_mismatch"]);
  await breath();
  kept.push(...(runs[0]?.receipt("done") ?? []));
  runs[0]?.settle.ok("done");
  const other = ask("op", { a: 2 });
  const again = ask("op", { b: 2, a: 1 });
  await breath();
  expect([other, again]).toEqual([["op_mismatch"], ["done"]]);
});

test("another principal's opId of the same name is another command", async () => {
  const { ask, runs } = world();
  ask("op");
  ask("op", { a: 1 }, { principal: "bob" });
  await breath();
  expect(runs).toHaveLength(2);
});

test("what was refused may be tried again with the same opId", async () => {
  const { ask, runs } = world();
  const first = ask("op");
  await breath();
  runs[0]?.receipt({ seq: 1 });
  runs[0]?.settle.refused(new DaimonError("busy", "later"));
  const second = ask("op");
  await breath();
  runs[1]?.settle.ok("now");
  expect([first, second]).toEqual([["busy"], ["now"]]);
});

test("nobody waits longer than 10 s, and the same opId tells later what became of it", async () => {
  const { clock, ask, runs } = world();
  const first = ask("op");
  await breath();
  await clock.advance(10_000, breath);
  expect(first).toEqual(["store_unavailable"]);
  const second = ask("op");
  runs[0]?.settle.ok("done");
  expect([first, second]).toEqual([["store_unavailable"], ["done"]]);
});

test("an urgent command is answered from its receipt after a restart, and not done again", async () => {
  const { ask, runs } = world([
    { principal: "mia", opId: "stop", digest: digestOf("session/input", {}), result: '"stopped"', at: 0 },
  ]);
  const told = ask("stop", {}, { urgent: true });
  await breath();
  expect([told, runs]).toEqual([["stopped"], []]);
});

test.each(["throws", "hangs"])(
  "an urgent command is done though the disk %s, leaves no second receipt there, and its retry is known all the same",
  async (disk) => {
    const { ask, runs, disk: read } = world();
    read.answer = disk === "hangs" ? () => new Promise(() => {}) : () => Promise.reject(new Error("EIO"));
    ask("stop", {}, { urgent: true });
    await breath();
    expect(runs[0]?.receipt("stopped")).toEqual([]);
    runs[0]?.settle.ok("stopped");
    const again = ask("stop", {}, { urgent: true });
    await breath();
    expect([again, runs.length]).toEqual([["stopped"], 1]);
  },
);

test("what cannot be looked up is refused and not done", async () => {
  const { ask, runs, disk } = world();
  disk.answer = () => Promise.reject(new Error("EIO"));
  const told = ask("op");
  await breath();
  expect([told, runs]).toEqual([["store_unavailable"], []]);
});

test("a command without an opId is done each time", () => {
  const { ask, runs } = world();
  ask(undefined);
  ask(undefined);
  expect(runs).toHaveLength(2);
  expect(runs[0]?.receipt("x")).toEqual([]);
});
