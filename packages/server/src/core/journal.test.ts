import type { Recorded } from "@daimon/protocol";
import { expect, test } from "vitest";
import { ManualClock } from "../../../../tests/model/clock.ts";
import { Journal, type Part, type Writer } from "./journal.ts";
import type { AppendOutcome, Batch, Store } from "./ports.ts";

/** The journal's side of a store: what it is given, answered when the test says so. */
function world() {
  const appended: Batch[][] = [];
  const answers: ((outcomes: AppendOutcome[]) => void)[] = [];
  const told: string[] = [];
  const store = {
    append: (batches: readonly Batch[]) => {
      appended.push([...batches]);
      return new Promise<AppendOutcome[]>((resolve) => answers.push(resolve));
    },
  } as Pick<Store, "append"> as Store;
  const clock = new ManualClock();
  const journal = new Journal(store, clock, () => {});
  const writer = (id: string, texts: Record<number, string> = {}): Writer => ({
    id,
    epoch: 1,
    partial: (block) => (texts[block] === undefined ? undefined : { block, text: texts[block] }),
    written: (outcome, place) => told.push(`${id} ${outcome.is} ${place}`),
  });
  const ok = { is: "ok" as const };
  const asked = async (count: number) => {
    while (appended.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { journal, clock, writer, appended, answers, told, ok, asked };
}

const part = (...seqs: number[]): Part => ({
  place: Math.max(...seqs),
  events: seqs.map((seq) => ({ seq, event: { type: "note.added", text: "" } }) as Recorded),
  audited: [],
  closed: [],
  receipts: [],
});
const breath = () => new Promise((resolve) => setImmediate(resolve));

test("what several sessions record in one tick is one commit, and each gets its own answer", async () => {
  const { journal, writer, appended, answers, told, ok, asked } = world();
  const [a, b] = [writer("a"), writer("b")];
  journal.write(a, part(1));
  journal.write(b, part(1));
  journal.write(a, part(2, 3));
  await asked(1);
  expect(appended[0]?.map(({ session, events }) => [session, events.map(({ seq }) => seq)])).toEqual([
    ["a", [1, 2, 3]],
    ["b", [1]],
  ]);
  answers[0]?.([ok, { is: "failed", reason: "no" }]);
  await breath();
  expect(told).toEqual(["a ok 3", "b failed 1"]);
});

test("what comes while a commit is under way is the next one", async () => {
  const { journal, writer, appended, answers, told, ok, asked } = world();
  const a = writer("a");
  journal.write(a, part(1));
  await asked(1);
  journal.write(a, part(2));
  journal.write(a, part(3));
  await breath();
  expect(appended).toHaveLength(1);
  answers[0]?.([ok]);
  await asked(2);
  expect(appended[1]?.[0]?.events.map(({ seq }) => seq)).toEqual([2, 3]);
  answers[1]?.([ok]);
  await breath();
  expect(told).toEqual(["a ok 1", "a ok 3"]);
});

test("text of open blocks is saved at most every 250 ms, in a commit of its own, and only while it is open", async () => {
  const { journal, clock, writer, appended, answers, ok, asked } = world();
  const texts: Record<number, string> = { 7: "so far", 9: "closed meanwhile" };
  const a = writer("a", texts);
  journal.touch(a, 7);
  journal.touch(a, 9);
  await clock.advance(249, async () => {});
  await breath();
  expect(appended).toHaveLength(0);
  delete texts[9];
  texts[7] = "so far and more";
  await clock.advance(1, async () => {});
  await asked(1);
  expect(appended[0]).toMatchObject([{ session: "a", events: [], partials: [{ block: 7, text: "so far and more" }] }]);
  answers[0]?.([ok]);
  await breath();
  // Nothing new was said, so nothing is saved again.
  await clock.advance(10_000, async () => {});
  await breath();
  expect(appended).toHaveLength(1);
});

test("a session that lost its place has nothing written any more", async () => {
  const { journal, writer, appended, asked } = world();
  const [a, b] = [writer("a"), writer("b")];
  journal.write(a, part(1));
  journal.write(b, part(1));
  journal.drop(a);
  await asked(1);
  expect(appended[0]?.map(({ session }) => session)).toEqual(["b"]);
});

test("a store that throws instead of answering leaves everybody unsure, and the journal goes on", async () => {
  const told: string[] = [];
  let calls = 0;
  const append = (): Promise<AppendOutcome[]> =>
    ++calls === 1 ? Promise.reject(new Error("broken")) : Promise.resolve([{ is: "ok" }]);
  const journal = new Journal({ append } as Pick<Store, "append"> as Store, new ManualClock(), () => {});
  const a: Writer = { id: "a", epoch: 1, partial: () => undefined, written: ({ is }) => told.push(is) };
  journal.write(a, part(1));
  await journal.flush();
  journal.write(a, part(2));
  await journal.flush();
  expect(told).toEqual(["unknown", "ok"]);
});
