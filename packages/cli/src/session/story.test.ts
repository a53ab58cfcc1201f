import type { Following } from "@daimon/protocol/client";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Piece } from "./pieces.ts";
import { assistant, ben, daemon, mia, type Moment, play, type Step } from "./scripted.ts";
import { Story } from "./story.ts";

const long = "0123456789".repeat(12_000);

/** mia asks while ben's cell prints, the assistant runs a cell and looks, and everything streams at once. */
const busy: Step[] = [
  { by: ben, event: { type: "cell.queued", code: "for i in ...:\n    print(i)" } }, // 1
  { by: daemon, event: { type: "cell.started", cell: 1, generation: 1 } }, // 2
  { by: mia, event: { type: "input.queued", text: "what is x?", delivery: "queue", priority: "high" } }, // 3
  { by: daemon, event: { type: "turn.started", input: 3, model: "m", tools: [] }, turn: 4 }, // 4
  { by: daemon, event: { type: "input.taken", input: 3 }, turn: 4 }, // 5
  { by: daemon, event: { type: "step.started", model: "m" }, turn: 4 }, // 6
  { by: daemon, event: { type: "cell.opened", cell: 1, stream: "stdout" } }, // 7
  { block: 7, text: "0\n" },
  { by: assistant, event: { type: "text.opened" }, turn: 4 }, // 8
  { block: 8, text: "Let me " },
  { block: 7, text: long },
  { block: 8, text: "look." },
  { block: 7, text: "\nend" },
  { by: assistant, event: { type: "text.closed", block: 8, text: "Let me look. Yes." }, turn: 4 }, // 9
  {
    by: assistant,
    event: { type: "call.requested", callId: "c", tool: "get_type", input: {}, show: { text: "get_type(x)" } },
    turn: 4,
  }, // 10
  { by: daemon, event: { type: "call.started", call: 10 }, turn: 4 }, // 11
  { by: daemon, event: { type: "call.finished", call: 10, ok: false, value: { text: "no x\nat all" } }, turn: 4 }, // 12
  { by: ben, event: { type: "cell.queued", code: "y" } }, // 13
  { by: daemon, event: { type: "cell.closed", block: 7, text: "0\n0123 [...] end", omitted: 90_000 } }, // 14
  { by: daemon, event: { type: "cell.displayed", cell: 1, value: { text: "a picture" } } }, // 15
  { by: daemon, event: { type: "cell.finished", cell: 1, ok: true, result: { text: "42" } } }, // 16
  { by: daemon, event: { type: "cell.started", cell: 13, generation: 1 } }, // 17
  {
    by: daemon,
    event: {
      type: "cell.finished",
      cell: 13,
      ok: false,
      error: { name: "E", message: "m", traceback: "Traceback\nE: m" },
    },
  }, // 18
  { by: daemon, event: { type: "turn.ended", outcome: "failed", reason: "no model" }, turn: 4 }, // 19
];

type Telling = (moments: Moment[]) => Piece[];
const everyChange: Telling = (moments) => {
  const story = new Story();
  return moments.flatMap(({ change, now }) => story.tell(change, now));
};

/** The words of each block, and everything else in order. */
function told(pieces: Piece[]) {
  const blocks: Record<number, string> = {};
  for (const piece of pieces) if (piece.is === "stream") blocks[piece.block] = (blocks[piece.block] ?? "") + piece.text;
  return { blocks, rest: pieces.filter((piece) => piece.is !== "stream" && piece.is !== "closed") };
}

test("whoever follows every change sees every character once, whose it is, and how it ended", () => {
  const { blocks, rest } = told(everyChange(play(busy)));
  expect(blocks[8]).toBe("Let me look. Yes.");
  // Compared by hand: nobody wants to read the difference of two long texts.
  expect(blocks[7] === `0\n${long}\nend`).toBe(true);
  expect(rest).toEqual([
    { is: "said", by: ben, mode: "py", text: "for i in ...:\n    print(i)" },
    { is: "said", by: mia, mode: "ai", text: "what is x?" },
    { is: "call", text: "get_type(x)" },
    { is: "notice", text: "get_type: no x" },
    { is: "said", by: ben, mode: "py", text: "y" },
    { is: "display", text: "a picture" },
    { is: "result", cell: 1, text: "42" },
    { is: "error", text: "Traceback\nE: m" },
    { is: "trouble", text: "the turn was ended by a failure: no model" },
  ]);
});

const short = busy
  .filter((step) => !("block" in step && step.text === long))
  .map((step) =>
    "event" in step && step.event.type === "cell.closed"
      ? { ...step, event: { ...step.event, text: "0\n\nend", omitted: 0 } }
      : step,
  );

test("a client that missed any number of changes is told the same words, once", () => {
  const moments = play(short);
  const whole = told(everyChange(moments));
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: moments.length, maxLength: moments.length }), (seen) => {
      const story = new Story();
      const pieces = moments.flatMap(({ now }, i) =>
        seen[i] || i === moments.length - 1 ? story.tell({ is: "view" }, now) : [],
      );
      const { blocks, rest } = told(pieces);
      expect(blocks).toEqual(whole.blocks);
      const sorted = (list: Piece[]) => list.map((piece) => JSON.stringify(piece)).toSorted();
      expect(sorted(rest)).toEqual(sorted(whole.rest));
    }),
  );
});

test("a client that comes in the middle of any stream is shown all that was streamed already, and then goes on", () => {
  const moments = play(short);
  const whole = told(everyChange(moments));
  for (const [i, { now }] of moments.entries()) {
    const story = new Story();
    const { pieces } = story.begin(now, 20);
    const rest = moments.slice(i + 1).flatMap(({ change, now: later }) => story.tell(change, later));
    expect(told([...pieces, ...rest]).blocks).toEqual(whole.blocks);
  }
});

test("who comes late sees the newest items and is told that there were more; what still runs is always among them", () => {
  const many: Step[] = Array.from({ length: 30 }, (_, i) => ({
    by: ben,
    event: { type: "note.added" as const, text: `note ${i}` },
  }));
  const moments = play([...busy.slice(0, 2), ...many]);
  const { now } = moments.at(-1)!;
  const story = new Story();
  const { pieces, earlier } = story.begin(now, 5);
  expect(pieces[0]).toMatchObject({ is: "said", by: ben });
  expect(earlier).toBe(false);
  const done = play([...many]).at(-1)!;
  const later = new Story().begin(done.now, 5);
  expect(later.earlier).toBe(true);
  expect(later.pieces).toEqual([25, 26, 27, 28, 29].map((i) => ({ is: "notice", text: `note ${i}` })));
});

test("what was typed here is not said again, and its outcome is", () => {
  const story = new Story({ typedHere: (seq) => seq === 1 });
  const pieces = play(busy).flatMap(({ change, now }) => story.tell(change, now));
  const words = pieces.filter((piece) => piece.is === "said").map((piece) => piece.text);
  expect(words).toEqual(["what is x?", "y"]);
  expect(pieces).toContainEqual({ is: "result", cell: 1, text: "42" });
});

test("a cell whose fate nobody knows says so in plain words", () => {
  const cut: Step[] = [
    { by: mia, event: { type: "cell.queued", code: "work()" } },
    { by: daemon, event: { type: "cell.started", cell: 1, generation: 1 } },
    { by: daemon, event: { type: "cell.finished", cell: 1, ok: false, outcome: "unknown" } },
  ];
  expect(told(everyChange(play(cut))).rest.at(-1)).toEqual({
    is: "trouble",
    text: expect.stringContaining("nobody knows whether this ran to its end"),
  });
});

test("a cell whose Python could not be started did not run, and Python is not said to have died", () => {
  const error = { name: "KernelError", message: "gone", traceback: "Python could not be started: gone" };
  const never: Step[] = [
    { by: mia, event: { type: "cell.queued", code: "work()" } },
    { by: daemon, event: { type: "cell.finished", cell: 1, ok: false, outcome: "not_run", error } },
  ];
  expect(told(everyChange(play(never))).rest.slice(1)).toEqual([
    { is: "error", text: "Python could not be started: gone" },
    { is: "trouble", text: "not run" },
  ]);
});

test("questions, their answers, and words that could not be kept are told", () => {
  const story = new Story();
  const asked: Step[] = [
    { by: mia, event: { type: "cell.queued", code: "input()" } },
    { by: daemon, event: { type: "cell.started", cell: 1, generation: 1 } },
    {
      by: daemon,
      event: { type: "ask.opened", kind: "stdin", digest: "d", show: { text: "name? " }, role: "operate", cell: 1 },
    },
    { by: ben, event: { type: "ask.answered", ask: 3, value: "bob" } },
  ];
  const moments = play(asked);
  const pieces = moments.flatMap(({ change, now }) => story.tell(change, now));
  expect(pieces).toContainEqual({ is: "ask", ask: expect.objectContaining({ id: 3, kind: "stdin" }), by: mia });
  expect(pieces).toContainEqual({ is: "notice", text: "answered by ben" });
  expect(story.tell({ is: "unsaved", block: 7, text: "lost words" }, moments.at(-1)!.now)).toEqual([
    { is: "trouble", text: "the daemon could not keep the last words shown here: lost words" },
  ]);
});

test("a lost connection is told once, and its return", () => {
  const story = new Story();
  const at = (link: Following["link"]): Following => ({ ...play(busy).at(-1)!.now, link });
  const news = (["live", "reconnecting", "reconnecting", "live"] as const).flatMap((link) =>
    story.tell({ is: "link" }, at(link)),
  );
  expect(news.map((piece) => "text" in piece && piece.text)).toEqual([
    "the connection to the daemon is lost; trying again",
    "connected again",
  ]);
});

test("people who come and go are told by name; those who were here first are no news", () => {
  const story = new Story();
  const here = (...names: string[]): Following => ({
    ...play(busy).at(-1)!.now,
    present: names.map((name) => ({ by: { principal: "owner", name, client: "cli" }, attachments: 1, answering: 1 })),
  });
  const news = [here("mia"), here("mia", "ben"), here("mia")].flatMap((now) => story.tell({ is: "presence" }, now));
  expect(news).toEqual([
    { is: "notice", text: "ben is here", aside: true },
    { is: "notice", text: "ben left", aside: true },
  ]);
});
