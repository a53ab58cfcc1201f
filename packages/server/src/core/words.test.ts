import {
  applyDelta,
  type BlockText,
  emptyText,
  type Recorded,
  type SessionEvent,
  sizes,
  weightOf,
} from "@daimon/protocol";
import { expect, test } from "vitest";
import type { Blobs } from "./ports.ts";
import { CellOutput } from "./output.ts";
import type { Scribe } from "./scribe.ts";
import { Words } from "./words.ts";

/** A session's paper: what is written on it, numbered, with the text of its open blocks. */
function paper(bounded: boolean) {
  const events: SessionEvent[] = [];
  const texts = new Map<number, BlockText>();
  const fragments: string[] = [];
  const scribe: Scribe = {
    get view(): never {
      throw new Error("nobody needs the view here");
    },
    record: (_by, more) =>
      more.map((event) => {
        events.push(event);
        return { seq: events.length, event } as Recorded;
      }),
    check: () => {},
    durable: async () => {},
    delta: (block, text) => {
      const grown = applyDelta(texts.get(block) ?? emptyText, { block, at: lengthSoFar(block), text }, bounded);
      if (grown !== "gap") texts.set(block, grown);
      fragments.push(text);
    },
    text: (block) => texts.get(block) ?? emptyText,
  };
  const lengthSoFar = (block: number) => {
    const { text, omitted } = texts.get(block) ?? emptyText;
    return text.length + omitted;
  };
  return { scribe, events, fragments };
}

const closed = (events: SessionEvent[]) =>
  events.flatMap((event) => (event.type === "text.closed" || event.type === "thinking.closed" ? [event] : []));

test("a model's words are kept whole in blocks that fit an event, in any alphabet", () => {
  for (const letter of ["a", "é", "漢", "🎉", "\n", '"', "\u0000"]) {
    const { scribe, events, fragments } = paper(false);
    const words = new Words(scribe);
    const said = letter.repeat(60_000);
    for (let at = 0; at < said.length; at += 7001) words.say("text", said.slice(at, at + 7001));
    words.close();
    const blocks = closed(events);
    // A fragment may be the last thing that is saved: half a pair could not be.
    expect(fragments.every((text) => text.isWellFormed())).toBe(true);
    expect(blocks.map(({ text }) => text).join("")).toBe(said);
    for (const { text } of blocks) {
      expect(weightOf(text)).toBeLessThanOrEqual(sizes.block);
      expect(text.isWellFormed()).toBe(true);
    }
  }
});

test("thinking and words are blocks of their own, in the order they came; what the provider wants back stays with its thinking", () => {
  const { scribe, events } = paper(false);
  const words = new Words(scribe);
  words.say("thinking", "hm");
  words.payload("opaque");
  words.say("text", "yes");
  words.close({ cut: true });
  words.payload("alone");
  expect(closed(events)).toEqual([
    { type: "thinking.closed", block: 1, text: "hm", payload: "opaque" },
    { type: "text.closed", block: 3, text: "yes", cut: true },
    { type: "thinking.closed", block: 5, text: "", payload: "alone" },
  ]);
});

test("what the provider wants back fits an event beside its thinking, or has one of its own; more than that is refused", () => {
  const { scribe, events } = paper(false);
  const words = new Words(scribe);
  const most = sizes.event - 4096;
  const said = "t".repeat(10_000);
  const beside = "p".repeat(most - said.length);
  words.say("thinking", said);
  words.payload(beside);
  words.say("thinking", said);
  words.payload(`${beside}p`);
  words.payload("p".repeat(most));
  expect(closed(events)).toEqual([
    { type: "thinking.closed", block: 1, text: said, payload: beside },
    { type: "thinking.closed", block: 3, text: said },
    { type: "thinking.closed", block: 5, text: "", payload: `${beside}p` },
    { type: "thinking.closed", block: 7, text: "", payload: "p".repeat(most) },
  ]);
  for (const event of events) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(sizes.event);
  expect(() => words.payload("p".repeat(most + 1))).toThrow("more to keep than an event holds");
});

test("a model that says nothing leaves no block", () => {
  const { scribe, events } = paper(false);
  const words = new Words(scribe);
  words.say("text", "");
  words.close();
  expect(events).toEqual([]);
});

const blobs = () => {
  const kept: string[] = [];
  const put = async (bytes: Uint8Array, type: string) => {
    kept.push(new TextDecoder().decode(bytes));
    return { sha256: "0".repeat(64), bytes: bytes.length, type };
  };
  return { kept, blobs: { put } as Pick<Blobs, "put"> as Blobs };
};

test("what a cell prints to two streams is kept in the order it was printed", async () => {
  const { scribe, events } = paper(true);
  const output = new CellOutput(scribe, 7);
  output.write("stdout", "one ");
  output.write("stdout", "two");
  output.write("stderr", "oops");
  output.write("stdout", "three");
  scribe.record({ principal: "daemon", client: "daemon" }, await output.end(blobs().blobs));
  expect(
    events.map((event) =>
      event.type === "cell.opened" ? event.stream : event.type === "cell.closed" ? event.text : "",
    ),
  ).toEqual(["stdout", "one two", "stderr", "oops", "stdout", "three"]);
});

test("however often a cell changes between its streams, its blocks stay few and nothing is lost", async () => {
  const { scribe, events } = paper(true);
  const output = new CellOutput(scribe, 7);
  for (let n = 0; n < 5000; n++) output.write(n % 2 ? "stderr" : "stdout", `${n} `);
  scribe.record({ principal: "daemon", client: "daemon" }, await output.end(blobs().blobs));
  const opened = events.filter(({ type }) => type === "cell.opened");
  const texts = events.flatMap((event) => (event.type === "cell.closed" ? [event.text] : []));
  expect(opened.length).toBeLessThan(40);
  expect(texts).toHaveLength(opened.length);
  const numbers = texts
    .join("")
    .trim()
    .split(" ")
    .map(Number)
    .toSorted((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 5000 }, (_, n) => n));
});

test("after much output both streams stay open to the end, so that what is kept of each stays one piece", async () => {
  const { scribe, events } = paper(true);
  const output = new CellOutput(scribe, 7);
  const much = "x".repeat(sizes.halfBlock + 1);
  output.write("stdout", much);
  for (const word of ["a", "b", "c"]) {
    output.write("stderr", word);
    output.write("stdout", word);
  }
  expect(events.map(({ type }) => type)).toEqual(["cell.opened", "cell.opened"]);
  scribe.record({ principal: "daemon", client: "daemon" }, await output.end(blobs().blobs));
  expect(events.slice(2)).toMatchObject([{ text: `${much}abc` }, { text: "abc" }]);
});

test("a flood keeps its beginning and its end, says what is missing, and all of it is in a blob", async () => {
  const { scribe, events } = paper(true);
  const output = new CellOutput(scribe, 7);
  output.write("stdout", "begin\n");
  for (let n = 0; n < 100; n++) output.write("stdout", "x".repeat(10_000));
  output.write("stdout", "\nend");
  const { kept, blobs: store } = blobs();
  scribe.record({ principal: "daemon", client: "daemon" }, await output.end(store));
  const end = events.at(-1);
  expect(end).toMatchObject({ type: "cell.closed", whole: { sha256: "0".repeat(64) } });
  if (end?.type !== "cell.closed") throw new Error("the block was not closed");
  expect(weightOf(end.text)).toBeLessThan(sizes.event);
  expect(end.text.startsWith("begin\n")).toBe(true);
  expect(end.text.endsWith("\nend")).toBe(true);
  expect(end.omitted).toBeGreaterThan(900_000);
  expect(kept).toEqual([`begin\n${"x".repeat(1_000_000)}\nend`]);
});
