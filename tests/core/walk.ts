import fc from "fast-check";
import { type Actor, isOutput } from "../../packages/protocol/src/index.ts";
import { ann, assistant, ben, chores, Story } from "./story.ts";

/**
 * Any session that could be: at every step one of the moves that the rules would allow, chosen by chance. Each text
 * in it occurs once, so that whatever is lost, doubled or out of order is seen.
 */

export type Move = [name: string, make: (story: Story, pick: <T>(from: readonly T[]) => T | undefined) => void];

const people: readonly Actor[] = [ann, ben];
const word = (story: Story, about: string) => `${about} ${story.view.seq + 1}`;

export function movesOf(story: Story): Move[] {
  return [...inputs(story), ...turnMoves(story), ...pythonMoves(story), ...betweenTurns(story)];
}

function inputs({ view }: Story): Move[] {
  const moves: Move[] = [];
  if (view.queue.length < 3)
    moves.push(
      ["input", (s, pick) => s.input(word(s, "input"), pick(people))],
      ["steer", (s, pick) => s.input(word(s, "steer"), pick(people), "steer")],
      ["task", (s) => s.input(word(s, "task"), chores)],
    );
  if (view.queue.length > 0)
    moves.push(["cancel", (s, pick) => s.tell({ type: "input.cancelled", input: pick(view.queue)?.id ?? 0 })]);
  return moves;
}

function turnMoves(story: Story): Move[] {
  const { turn, blocks, asks } = story.view;
  if (turn.is === "idle" || turn.is === "suspended") return [];
  if (turn.is === "ending")
    return turn.calls.length > 0
      ? [["late result", (s) => s.finish(turn.calls[0]?.id ?? 0, word(s, "late"))]]
      : [["stopped", stopped]];
  const moves: Move[] = [["stop", (s) => s.tell({ type: "turn.stopping", why: "interrupt" })]];
  const words = blocks.find(({ kind }) => kind === "text" || kind === "thinking");
  if (words) {
    const type = words.kind === "text" ? "text.closed" : "thinking.closed";
    const close = (s: Story, cut: object) =>
      s.tell({ type, block: words.id, text: word(s, words.kind), ...cut }, assistant);
    // A step that was cut is tried again.
    const retry = (s: Story) => {
      close(s, { cut: true });
      s.tell({ type: "step.started", model: "m" });
    };
    return turn.is === "thinking"
      ? [
          ["close words", (s) => close(s, {})],
          ["cut step", retry],
        ]
      : [];
  }
  if (turn.step !== null)
    moves.push(
      ["text", (s) => s.tell({ type: "text.opened" }, assistant)],
      ["thinking", (s) => s.tell({ type: "thinking.opened" }, assistant)],
      ["call", (s) => s.call("python", word(s, "call"))],
      ["end step", (s) => s.endStep()],
    );
  else if (turn.calls.length === 0)
    moves.push(
      ...(turn.steps === 0 || saidSince(story, ["call.finished", "input.taken"])
        ? [["step", (s) => s.tell({ type: "step.started", model: "m" })] satisfies Move]
        : []),
      ["take steers", takeSteers],
      ["done", (s) => s.tell({ type: "turn.ended", outcome: "done" })],
      ["limit", (s) => s.tell({ type: "turn.ended", outcome: "limited", reason: word(s, "limit") })],
    );
  else
    for (const call of turn.calls) {
      if (call.state === "requested") moves.push(["ask", (s) => s.ask(call.id)]);
      if (call.state === "requested" || call.state === "allowed")
        moves.push(["start call", (s) => s.tell({ type: "call.started", call: call.id }, assistant)]);
      if (call.state === "started") moves.push(["finish call", (s) => s.finish(call.id, word(s, "result"))]);
      if (call.state === "denied") moves.push(["deny call", (s) => s.finish(call.id, word(s, "denied"))]);
    }
  for (const { id, call } of asks)
    if (call !== undefined)
      moves.push([
        "answer",
        (s, pick) => s.tell({ type: "ask.answered", ask: id, allow: pick([true, true, false]) ?? true }),
      ]);
  return moves;
}

/** Whether one of these happened since the model was last asked. */
function saidSince({ events }: Story, types: readonly string[]): boolean {
  const asked = events.findLastIndex(({ event }) => event.type === "step.started");
  return events.slice(asked + 1).some(({ event }) => types.includes(event.type));
}

function stopped(story: Story): void {
  for (const { id, call } of story.view.asks)
    if (call !== undefined) story.tell({ type: "ask.expired", ask: id, why: "interrupt" });
  story.tell({ type: "turn.ended", outcome: "interrupted", reason: "interrupt" });
}

function takeSteers(story: Story): void {
  for (const { id, delivery } of story.view.queue)
    if (delivery === "steer") story.tell({ type: "input.taken", input: id });
}

function pythonMoves({ view }: Story): Move[] {
  const { kernel, cells, blocks } = view;
  const moves: Move[] = [];
  if (cells.length < 3) moves.push(["cell", (s, pick) => s.queueCell(word(s, "code"), pick(people))]);
  const call = view.turn.is === "idle" ? undefined : view.turn.calls.find(({ state }) => state === "started");
  if (call && cells.length < 3) moves.push(["cell of a call", (s) => s.queueCell(word(s, "code"), assistant, call.id)]);
  if ((kernel.is === "none" || kernel.is === "dead") && cells.length > 0) moves.push(["python", (s) => s.python()]);
  if (kernel.is === "idle") {
    const { generation } = kernel;
    for (const { id } of cells)
      moves.push(["start cell", (s) => s.tell({ type: "cell.started", cell: id, generation })]);
    moves.push(["lose python", (s) => s.tell({ type: "kernel.lost", generation, why: word(s, "loss"), lost: [] })]);
  }
  if (kernel.is === "running") {
    const { cell } = kernel;
    const open = blocks.find(({ kind, of }) => isOutput(kind) && of === cell);
    if (open)
      moves.push(["close output", (s) => s.tell({ type: "cell.closed", block: open.id, text: word(s, "output") })]);
    else
      moves.push(
        [
          "open output",
          (s, pick) => s.tell({ type: "cell.opened", cell, stream: pick(["stdout", "stderr"]) ?? "stdout" }),
        ],
        ["result", (s) => s.tell({ type: "cell.finished", cell, ok: true, result: { text: word(s, "value") } })],
      );
  }
  return moves;
}

function betweenTurns(story: Story): Move[] {
  const { turn, kernel, cells, queue, head } = story.view;
  if (turn.is !== "idle") return [];
  const moves: Move[] = [["note", (s) => s.tell({ type: "note.added", text: word(s, "note") })]];
  if (queue.length > 0) moves.push(["turn", (s, pick) => s.start(pick(queue)?.id ?? 0)]);
  if (kernel.is !== "running" && cells.length === 0)
    moves.push([
      "move head",
      (s, pick) => {
        const to = pick([null, ...s.events.filter(({ parent }) => parent !== undefined).map(({ seq }) => seq)]);
        s.tell({ type: "head.moved", to: to ?? null, restore: "conversation" });
      },
    ]);
  if (head !== null) moves.push(["label", (s) => s.tell({ type: "label.set", entry: head, label: word(s, "label") })]);
  return moves;
}

/** What ends things or only stands beside them: seldom enough that turns come to their calls, and calls to their ends. */
const rare = new Set([
  "input",
  "steer",
  "task",
  "cancel",
  "stop",
  "limit",
  "note",
  "label",
  "move head",
  "cell",
  "lose python",
]);

/** A walk of so many moves. `seen` is told of every move, before it is made, with the story so far. */
export const walks = (most: number, without: readonly string[] = []) =>
  fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: most, size: "max" }).map((chances) => ({
    walk(seen: (name: string, story: Story) => void = () => {}): Story {
      const story = new Story().created();
      for (const [which, detail] of chances) {
        const moves = movesOf(story)
          .filter(([name]) => !without.includes(name))
          .flatMap((one) => (rare.has(one[0]) ? [one] : [one, one, one, one]));
        const move = moves[which % moves.length];
        if (!move) break;
        seen(move[0], story);
        move[1](story, (from) => from[detail % from.length]);
      }
      return story;
    },
    toString: () => `walk of ${chances.length} moves`,
  }));
