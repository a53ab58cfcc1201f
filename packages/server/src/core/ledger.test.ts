import { emptyView, type Recorded, type SessionEvent, type SessionView } from "@daimon/protocol";
import { expect, test } from "vitest";
import { ManualClock } from "../../../../tests/model/clock.ts";
import { ann, assistant, Story } from "../../../../tests/core/story.ts";
import { Journal } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import type { AppendOutcome, Batch, Receipt, Store } from "./ports.ts";
import { Stale } from "./scribe.ts";

const breath = () => new Promise<void>((resolve) => setImmediate(resolve));
const receipt: Receipt = { principal: "owner", opId: "op", digest: "d", result: "{}", at: 0 };
const nothing = () => ({ by: ann, events: [] });

/** A ledger on the real journal; the disk writes when it is told to, and says what became of it. */
class Desk {
  readonly clock = new ManualClock();
  readonly batches: Batch[] = [];
  /** What left, in order: events, fragments, replies. */
  readonly left: string[] = [];
  readonly trouble: string[] = [];
  readonly ledger: Ledger;
  #write: ((outcome: AppendOutcome) => void)[] = [];

  constructor(story = new Story().created()) {
    const append: Store["append"] = (batches) =>
      new Promise((resolve) => {
        this.batches.push(...batches);
        this.#write.push((outcome) => resolve(batches.map(() => outcome)));
      });
    const journal = new Journal({ append } as Pick<Store, "append"> as Store, this.clock, () => {});
    this.ledger = new Ledger(
      {
        id: "s",
        epoch: 1,
        created: 0,
        view: story.view,
        recent: [],
        partials: [],
        contextFrom: 0,
        moves: [],
        snapshotAt: 0,
      },
      {
        journal,
        clock: this.clock,
        redact: (text) => text,
        impossible: (what) => {
          throw new Error(what);
        },
        recorded: () => {},
        leaving: (outgoing) => {
          if (outgoing.is === "act") outgoing.act();
          else this.left.push(outgoing.is === "event" ? outgoing.recorded.event.type : outgoing.delta.text);
        },
        trouble: ({ is }) => this.trouble.push(is),
      },
    );
  }

  record(events: SessionEvent[], receipts: Receipt[] = []): Recorded[] {
    return this.ledger.record(ann, events, receipts, nothing);
  }

  /** The disk is done with what it was given. */
  async written(outcome: AppendOutcome = { is: "ok" }): Promise<void> {
    await breath();
    this.#write.shift()?.(outcome);
    await breath();
  }

  scribe(wanted: (view: SessionView) => boolean = () => true) {
    return this.ledger.scribe(wanted, (by, events) => this.ledger.record(by, events, [], nothing));
  }
}

const note: SessionEvent = { type: "note.added", text: "note" };
const titled: SessionEvent = { type: "session.updated", title: "new" };
const queued: SessionEvent = { type: "input.queued", text: "go", delivery: "queue", priority: "high" };

test("events are numbered and stamped in one tick, and time never runs backwards", () => {
  const desk = new Desk();
  const { seq } = desk.ledger.recorded;
  const [first] = desk.record([note]);
  Object.defineProperty(desk.clock, "now", { value: () => 5 });
  const [second] = desk.record([note]);
  expect([first?.seq, second?.seq]).toEqual([seq + 1, seq + 2]);
  expect(second?.at).toBe(first?.at);
  expect(desk.ledger.recorded).toMatchObject({ seq: seq + 2, at: first?.at });
});

test("an entry grows on the head of that moment; what is no entry has no parent and moves no head", () => {
  const desk = new Desk();
  const [first, between, second] = desk.record([note, titled, note]);
  expect(first?.parent).toBeNull();
  expect(between).not.toHaveProperty("parent");
  expect(second?.parent).toBe(first?.seq);
});

test("an event says which turn it is of, from the turn's first to its last", () => {
  const story = new Story().created();
  const input = story.input("go");
  const desk = new Desk(story);
  const start: SessionEvent = { type: "turn.started", input, model: "m", tools: [] };
  const [turn, ...rest] = desk.record([
    start,
    { type: "input.taken", input },
    { type: "step.started", model: "m" },
    note,
    { type: "turn.ended", outcome: "done" },
    note,
  ]);
  expect(rest.map((one) => one.turn)).toEqual([turn?.seq, turn?.seq, undefined, turn?.seq, undefined]);
  expect(turn?.turn).toBe(turn?.seq);
});

test("only what was asked for carries the opId; what the session does of itself goes into the same commit without it", async () => {
  const desk = new Desk();
  const own = [{ by: assistant, events: [note] }, nothing()];
  const asked = desk.ledger.record(ann, [queued], [receipt], () => own.shift() ?? nothing());
  await desk.written();
  expect(asked.map(({ event }) => event.type)).toEqual(["input.queued"]);
  expect(desk.batches).toMatchObject([
    {
      events: [
        { op: "op", by: ann },
        { by: assistant, event: note },
      ],
      receipts: [{ opId: "op" }],
    },
  ]);
  expect(desk.batches[0]?.events[1]).not.toHaveProperty("op");
});

test("nothing leaves before it is durable; then people see the durable view move event by event", async () => {
  const desk = new Desk();
  const { durable } = desk.ledger;
  desk.record([titled, note]);
  desk.ledger.whenDurable(
    () => desk.left.push(`reply at ${desk.ledger.durable.title}`),
    () => {},
  );
  await breath();
  expect(desk.left).toEqual([]);
  expect(desk.ledger.durable).toBe(durable);
  await desk.written();
  expect(desk.left).toEqual(["session.updated", "note.added", "reply at new"]);
  expect(desk.ledger.recent.map(({ event }) => event.type)).toEqual(["session.updated", "note.added"]);
  expect(desk.ledger.settled).toBe(true);
});

/** A turn whose model speaks, and the block of what it says. */
function speaking() {
  const story = new Story().created();
  story.turn();
  const desk = new Desk(story);
  const block = desk.record([{ type: "text.opened" }])[0]?.seq ?? 0;
  desk.scribe().delta(block, "words");
  return { desk, block };
}

test("a fragment waits for the event that opened its block, and what closes a block takes its partial along", async () => {
  const { desk, block } = speaking();
  expect(desk.left).toEqual([]);
  expect(desk.ledger.partial(block)).toBeUndefined();
  expect(desk.ledger.shown(block).text).toBe("");
  await desk.written();
  expect(desk.left.slice(-2)).toEqual(["text.opened", "words"]);
  expect(desk.ledger.shown(block).text).toBe("words");
  expect(desk.ledger.partial(block)).toEqual({ block, text: "words" });
  desk.record([{ type: "text.closed", block, text: "words" }]);
  expect(desk.ledger.partial(block)).toBeUndefined();
  await desk.written();
  expect(desk.batches.at(-1)?.closed).toEqual([block]);
  expect(desk.ledger.texts().size).toBe(0);
});

test("the text of an open block is saved 250 ms after it was said", async () => {
  const { desk, block } = speaking();
  await desk.written();
  await desk.clock.advance(250, breath);
  await desk.written();
  expect(desk.batches.at(-1)).toMatchObject({ events: [], partials: [{ block, text: "words" }] });
});

test("of what was never written no text is left, and the next block with its number begins empty", async () => {
  const { desk, block } = speaking();
  await desk.written({ is: "failed", reason: "full" });
  desk.ledger.shut();
  desk.ledger.forgetUnwritten();
  desk.ledger.reopen(2, []);
  expect(desk.ledger.texts().size).toBe(0);
  expect(desk.record([{ type: "text.opened" }])[0]?.seq).toBe(block);
  desk.scribe().delta(block, "new");
  expect(desk.ledger.texts().get(block)?.text).toBe("new");
});

test("only the newest thousand or two are kept for those who catch up", async () => {
  const desk = new Desk();
  for (let n = 0; n < 2500; n++) desk.record([titled]);
  await desk.written();
  const { recent, durable } = desk.ledger;
  expect(recent.length).toBeGreaterThanOrEqual(1000);
  expect(recent.length).toBeLessThanOrEqual(2000);
  expect(recent.at(-1)?.seq).toBe(durable.seq);
});

test("the end of a call closes its block, wherever that is said", async () => {
  const story = new Story().created();
  story.turn();
  const call = story.call("t");
  const block = story.tell({ type: "call.started", call });
  const desk = new Desk(story);
  desk.record([{ type: "call.finished", call, ok: true, value: { text: "done" } }]);
  await desk.written();
  expect(desk.batches[0]?.closed).toEqual([block]);
});

test("a receipt alone is written too, and whoever asked waits for it", async () => {
  const desk = new Desk();
  desk.record([], [receipt]);
  desk.ledger.whenDurable(
    () => desk.left.push("reply"),
    () => {},
  );
  await breath();
  expect(desk.left).toEqual([]);
  await desk.written();
  expect(desk.left).toEqual(["reply"]);
  expect(desk.batches).toMatchObject([{ events: [], receipts: [{ opId: "op" }] }]);
  expect(desk.batches[0]).not.toHaveProperty("summary");
});

test("what was not written did not happen: the view goes back, its numbers are given again, who waited is told", async () => {
  const desk = new Desk();
  const before = desk.ledger.recorded;
  const dropped: string[] = [];
  desk.record([titled]);
  desk.ledger.whenDurable(
    () => dropped.push("no"),
    () => dropped.push("asker"),
  );
  const waiting = desk.ledger.released(() => true).catch((error: unknown) => error);
  await desk.written({ is: "failed", reason: "full" });
  expect(desk.trouble).toEqual(["failed"]);
  desk.ledger.shut();
  desk.ledger.forgetUnwritten();
  expect(desk.ledger.recorded).toBe(before);
  expect(dropped).toEqual(["asker"]);
  expect(await waiting).toBeInstanceOf(Stale);
  expect(desk.left).toEqual([]);
  desk.ledger.reopen(2, []);
  desk.ledger.whenDurable(
    () => dropped.push("a refusal waits for nothing"),
    () => {},
  );
  expect(dropped).toHaveLength(2);
  expect(desk.record([note])[0]?.seq).toBe(before.seq + 1);
});

test("a ledger that is shut takes nothing more and hears nothing more; what waits to leave keeps waiting", async () => {
  const desk = new Desk();
  const told: string[] = [];
  desk.record([titled]);
  desk.ledger.whenDurable(
    () => told.push("ok"),
    () => told.push("dropped"),
  );
  await breath();
  desk.ledger.shut();
  expect(() => desk.record([note])).toThrow(Stale);
  await desk.written();
  await desk.written({ is: "failed", reason: "late" });
  expect([desk.left, told, desk.trouble]).toEqual([[], [], []]);
});

test("what was recorded and not yet on its way when the session was cut off is never written", async () => {
  const desk = new Desk();
  desk.record([titled]);
  await breath();
  desk.record([note]);
  desk.ledger.shut();
  await desk.written();
  expect(desk.batches.flatMap(({ events }) => events.map(({ event }) => event.type))).toEqual(["session.updated"]);
});

test("an answer to a commit of before does not let out what is recorded after", async () => {
  const desk = new Desk();
  desk.record([titled]);
  await breath();
  desk.record([note]);
  await desk.written();
  expect(desk.left).toEqual(["session.updated"]);
  await desk.written();
  expect(desk.left).toEqual(["session.updated", "note.added"]);
});

test("whatever turned out to be written after all is folded and told to those who catch up; the epoch is another", async () => {
  const desk = new Desk();
  const [lost] = desk.record([titled]);
  await desk.written({ is: "unknown", reason: "cut" });
  desk.ledger.shut();
  desk.ledger.reopen(7, lost ? [lost] : []);
  expect(desk.ledger.recorded).toMatchObject({ title: "new", seq: lost?.seq });
  expect(desk.ledger.durable).toBe(desk.ledger.recorded);
  expect(desk.ledger.recent).toEqual([lost]);
  expect(desk.ledger.epoch).toBe(7);
});

test("work of an earlier life, or that nobody wants any more, can write and say nothing", async () => {
  const desk = new Desk();
  let wanted = true;
  const scribe = desk.scribe(() => wanted);
  scribe.record(ann, [note]);
  wanted = false;
  for (const write of [() => scribe.check(), () => scribe.record(ann, [note]), () => scribe.delta(1, "late")])
    expect(write).toThrow(Stale);
  wanted = true;
  scribe.check();
  await desk.written();
  desk.ledger.shut();
  expect(() => scribe.check()).toThrow(Stale);
  desk.ledger.reopen(2, []);
  expect(() => scribe.record(ann, [note])).toThrow(Stale);
  expect(() => scribe.delta(1, "late")).toThrow(Stale);
  desk.scribe().check();
});

test("a new session's first event needs nothing before it", async () => {
  const story = new Story();
  expect(story.view).toBe(emptyView);
  const desk = new Desk(story);
  const created = new Story().created().events[0]?.event;
  const [first] = created ? desk.record([created]) : [];
  expect(first?.seq).toBe(1);
  await desk.written();
  expect(desk.ledger.durable).toMatchObject({ id: "s", seq: 1 });
  expect(desk.batches[0]?.summary).toMatchObject({ id: "s", seq: 1 });
});
