import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lengthOf } from "../../packages/protocol/src/blocks.ts";
import {
  type Attachment,
  createClient,
  type Timers,
  type WireEvents,
} from "../../packages/protocol/src/client/index.ts";
import type { Frame, OpenBlock, SessionEvent } from "../../packages/protocol/src/types.ts";
import { SessionModel } from "./model.ts";
import { greeting, type Peer, talk } from "./scripted.ts";

/**
 * A daemon and a client with a line between them that the test holds in its hand: what was sent arrives when the
 * test lets it, or never.
 */
class Line {
  readonly model = new SessionModel();
  readonly whole: boolean;
  #events: WireEvents | undefined;
  #under: (() => void)[] = [];
  #due: (() => void)[] = [];
  #follows = false;

  constructor(whole: boolean) {
    this.whole = whole;
  }

  readonly timers: Timers = {
    after: (ms, run) => {
      if (ms < 15_000) this.#due.push(run);
      return () => void (this.#due = this.#due.filter((other) => other !== run));
    },
    random: () => 0.5,
  };

  readonly connect = (events: WireEvents) => {
    this.#events = events;
    this.#under = [() => events.opened()];
    this.#follows = false;
    return { send: (text: string) => this.#heard(events, text), close: () => void (this.#events = undefined) };
  };

  #heard(events: WireEvents, text: string): void {
    const { id, method, params } = JSON.parse(text) as { id: number; method: string; params: { after?: number } };
    if (method === "initialize") this.#say(events, { id, result: greeting });
    if (method !== "session/attach") return;
    this.#follows = true;
    this.#say(events, { id, result: this.model.attach(params, this.whole) });
  }

  #say(events: WireEvents, message: object): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#under.push(() => events.text(text));
  }

  notify(method: string, params: object): void {
    if (this.#events && this.#follows) this.#say(this.#events, { method, params: { sessionId: "s", ...params } });
  }

  frames(...frames: unknown[]): void {
    this.notify("session/frames", { frames });
  }

  evict(): void {
    this.notify("session/closed", { reason: "the store is full", resumeAfter: 500 });
    this.#follows = false;
  }

  cut(): void {
    const events = this.#events;
    this.#events = undefined;
    this.#under = [];
    events?.closed(1006, "cut");
  }

  deliver(count: number): void {
    for (const arrive of this.#under.splice(0, count)) if (this.#events) arrive();
  }

  timePasses(): void {
    for (const run of this.#due.splice(0)) run();
  }

  settle(): void {
    for (let round = 0; round < 50; round++) {
      this.deliver(this.#under.length);
      this.timePasses();
    }
  }
}

/** Someone who shows every word as it comes and believes nothing but the changes. */
class Reader {
  readonly shown = new Map<number, string>();
  readonly unsaved: { block: number; text: string }[] = [];
  readonly expected: { block: number; text: string }[] = [];

  constructor(attachment: Attachment, { said }: SessionModel) {
    const takeAll = () => {
      this.shown.clear();
      for (const [block, text] of attachment.now.open)
        this.shown.set(block, text.omitted === 0 ? text.text : said.get(block)!.slice(0, lengthOf(text)));
    };
    takeAll();
    let { epoch } = attachment.now.view;
    attachment.onChange((change) => {
      if (change.is === "delta") {
        const { block, at, text } = change.delta;
        const before = this.shown.get(block) ?? "";
        expect(at).toBe(before.length);
        this.shown.set(block, before + text);
      }
      if (change.is === "event" && "block" in change.recorded.event) this.shown.delete(change.recorded.event.block);
      if (change.is === "unsaved") this.unsaved.push({ block: change.block, text: change.text });
      if (change.is !== "view") return;
      // Under the same epoch nothing is lost; the model may just be ahead of what has arrived.
      for (const [block, text] of attachment.now.view.epoch === epoch ? [] : this.shown) {
        const kept = said.get(block)!;
        if (kept.length < text.length) this.expected.push({ block, text: text.slice(kept.length) });
      }
      epoch = attachment.now.view.epoch;
      takeAll();
    });
  }
}

/** A few words, or so many numbered lines: output that is long enough to lose its middle. */
type Words = string | { line: number; lines: number };
const spell = (words: Words): string =>
  typeof words === "string"
    ? words
    : Array.from({ length: words.lines }, (_, at) => `${words.line + at}\n`.padStart(8, "0")).join("");

type Step =
  | { is: "open"; kind: "text" | "stdout" }
  | { is: "say"; which: number; words: Words }
  | { is: "shut"; which: number }
  | { is: "note" | "unknown" | "cut" | "lose" | "repeat" | "time" | "nonsense" }
  | { is: "deliver"; count: number }
  | { is: "crash" | "evict"; keep: number };

const which = fc.nat(5);
const keep = fc.double({ min: 0, max: 1, noNaN: true });
const words: fc.Arbitrary<Words> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.record({ line: fc.integer({ min: 1, max: 900_000 }), lines: fc.constantFrom(1_000, 6_000) }),
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ is: fc.constant("open"), kind: fc.constantFrom("text", "stdout") }) },
  { weight: 8, arbitrary: fc.record({ is: fc.constant("say"), which, words }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant("shut"), which }) },
  { weight: 5, arbitrary: fc.record({ is: fc.constant("deliver"), count: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({ is: fc.constantFrom("note", "unknown", "cut", "lose", "repeat", "time", "nonsense") }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constantFrom("crash", "evict"), keep }) },
) as fc.Arbitrary<Step>;

function play(line: Line, steps: readonly Step[]): void {
  const { model } = line;
  const sent: Frame[] = [];
  let lose = false;
  const send = (frame: Frame) => {
    sent.push(frame);
    if (!lose) line.frames(frame);
    lose = false;
  };
  const block = (at: number): OpenBlock | undefined => model.view.blocks[at % Math.max(1, model.view.blocks.length)];
  for (const one of steps) {
    if (one.is === "open") send(model.open(one.kind));
    if (one.is === "say" && block(one.which)) send(model.say(block(one.which)!, spell(one.words)));
    if (one.is === "shut" && block(one.which)) send(model.shut(block(one.which)!));
    if (one.is === "note") send(model.record({ type: "note.added", text: "n" }));
    if (one.is === "unknown") send(model.record({ type: "future.happened" } as unknown as SessionEvent));
    if (one.is === "cut") line.cut();
    if (one.is === "lose") lose = true;
    if (one.is === "repeat" && sent.length > 0) line.frames(...sent.slice(-3));
    if (one.is === "time") line.timePasses();
    if (one.is === "nonsense") line.frames({ seq: "one" });
    if (one.is === "deliver") line.deliver(one.count);
    if (one.is === "crash" || one.is === "evict") {
      if (one.is === "evict") line.evict();
      model.crash(one.keep);
      sent.length = 0;
      if (one.is === "crash") line.cut();
    }
  }
}

const numRuns = process.env["DAIMON_TEST_LONG"] ? 20_000 : 400;

describe("whatever happens to the connection and the daemon", () => {
  test.each([
    ["a client that folds as the daemon does", false],
    ["a client of another reducer", true],
  ])(
    "%s ends with the view of a fresh fold, misses no word, and is told which words were lost",
    async (_name, whole) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const line = new Line(whole);
          const client = createClient({
            connect: line.connect,
            client: { name: "test", version: "1" },
            timers: line.timers,
          });
          const attaching = client.attach("s");
          line.settle();
          const attachment = await attaching;
          const reader = new Reader(attachment, line.model);
          play(line, steps);
          line.settle();
          // Whatever is still missing shows with the next event and the next words.
          line.frames(line.model.record({ type: "note.added", text: "the end" }));
          for (const block of line.model.view.blocks) line.frames(line.model.say(block, "."));
          line.settle();

          expect(attachment.now.link).toBe("live");
          expect(attachment.now.view).toEqual(line.model.fresh());
          const open = [...attachment.now.open].map(([block, text]) => [block, lengthOf(text)]);
          expect(open).toEqual(line.model.view.blocks.map(({ id }) => [id, line.model.said.get(id)!.length]));
          for (const [block, text] of attachment.now.open)
            if (text.omitted === 0) expect(text.text).toBe(line.model.said.get(block));
          for (const [block, text] of reader.shown) expect(text).toBe(line.model.said.get(block));
          // A block closes once, so its words can be lost but once; of long output only the end is still at hand.
          const byBlock = (a: { block: number }, b: { block: number }) => a.block - b.block;
          const expected = reader.expected.toSorted(byBlock);
          const unsaved = reader.unsaved.toSorted(byBlock);
          expect(unsaved.map(({ block }) => block)).toEqual(expected.map(({ block }) => block));
          for (const [index, { text }] of unsaved.entries()) expect(expected[index]!.text.endsWith(text)).toBe(true);
          client.close();
        }),
        { numRuns },
      );
    },
    120_000,
  );
});

describe("over a real socket", () => {
  /** A short session, as the frames of which it is told. */
  function story(model: SessionModel): Frame[] {
    const opened = model.open("text");
    const block = model.view.blocks[0]!;
    const frames: Frame[] = [
      opened,
      ...["The ", "answer ", "is ", "forty-two 🙂"].map((word) => model.say(block, word)),
    ];
    frames.push(model.record({ type: "note.added", text: "meanwhile" }), model.say(block, "."), model.shut(block));
    return frames;
  }

  const answerAttach = async (peer: Peer, model: SessionModel) => {
    const asked = await peer.asked();
    peer.answer(asked, model.attach(asked.params));
    return asked.params;
  };

  const length = story(new SessionModel()).length;
  test.each(Array.from({ length }, (_, at) => at + 1))(
    "a connection cut after frame %i misses and repeats nothing",
    async (cutAfter) => {
      const { client, daemon } = await talk();
      const model = new SessionModel();
      const attaching = client.attach("s");
      const first = await daemon.peer();
      await answerAttach(first, model);
      const attachment = await attaching;
      const heard: string[] = [];
      const told = Promise.withResolvers<void>();
      const all = Promise.withResolvers<void>();
      attachment.onChange((change) => {
        if (change.is === "event") heard.push(`${change.recorded.seq} ${change.recorded.event.type}`);
        if (change.is === "delta") heard.push(change.delta.text);
        if (change.is === "view") heard.push("everything anew");
        if (heard.length === cutAfter) told.resolve();
        if (heard.at(-1)?.endsWith("text.closed")) all.resolve();
      });
      // The daemon's own state runs ahead of what this client is sent: the rest is missed.
      const frames = story(model);
      for (const frame of frames.slice(0, cutAfter))
        first.notify("session/frames", { sessionId: "s", frames: [frame] });
      await told.promise;
      const before = attachment.now.view.seq;
      first.cut();
      const second = await daemon.peer();
      expect(await answerAttach(second, model)).toEqual({ sessionId: "s", after: before, epoch: 1 });
      await all.promise;
      expect(heard.filter((one) => /^\d+ /.test(one))).toEqual(["3 text.opened", "4 note.added", "5 text.closed"]);
      expect(heard).not.toContain("everything anew");
      const texts = attachment.now.view.items.map((item) => ("text" in item ? item.text : ""));
      expect(texts).toContain("The answer is forty-two 🙂.");
    },
  );

  test("words said while nobody was connected arrive as the rest of what was shown", async () => {
    const { client, daemon } = await talk();
    const model = new SessionModel();
    model.open("text");
    const block = model.view.blocks[0]!;
    model.say(block, "The ans");
    const attaching = client.attach("s");
    const first = await daemon.peer();
    await answerAttach(first, model);
    const attachment = await attaching;
    expect(attachment.now.open.get(block.id)?.text).toBe("The ans");
    const rest = Promise.withResolvers<unknown>();
    attachment.onChange((change) => (change.is === "delta" ? rest.resolve(change.delta) : undefined));
    first.cut();
    await first.left;
    model.say(block, "wer is 42");
    await answerAttach(await daemon.peer(), model);
    expect(await rest.promise).toEqual({ block: block.id, at: 7, text: "wer is 42" });
    expect(attachment.now.open.get(block.id)?.text).toBe("The answer is 42");
  });
});
