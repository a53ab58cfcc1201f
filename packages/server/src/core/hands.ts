import type { EventOf, Recorded, SessionEvent, SessionView } from "@daimon/protocol";
import { assistant, daemon, nameOf } from "./actors.ts";
import type { Blobs, CapabilityAnswer, CapabilityName, Clock, Sandbox, ToolContext } from "./ports.ts";
import { mustFit } from "./rules.ts";
import { resultNamed } from "./value.ts";
import { type Scribe, seqOf, Stale } from "./scribe.ts";
import { type Keeper, turnIn } from "./watching.ts";

/** What a tool may do in its session: each of these is recorded before it has an effect. */

const assistantCellLimit = 30_000;

export type HandsWorld = {
  session: string;
  durableView(): SessionView;
  clock: Clock;
  blobs: Blobs;
  sandbox: Sandbox;
  hidden: readonly string[];
  trash: string;
  capability(name: CapabilityName, arg?: string): Promise<CapabilityAnswer>;
  /** Why no Python can be started for a cell, where none is live. */
  roomForPython(): string | undefined;
  interruptCell(cell: number): void;
  /** Resolves with the next event that is released and passes. */
  released(passes: (recorded: Recorded) => boolean): Promise<Recorded>;
  /** All of a call's result; undefined where there is none. */
  result(call: number): Promise<Uint8Array | undefined>;
};

export function handsOf(
  world: HandsWorld,
  keeper: Keeper,
  scribe: Scribe,
  call: number,
  signal: AbortSignal,
): ToolContext {
  const { session, sandbox, hidden, trash, blobs, capability } = world;
  const { cwd, roots } = scribe.view;
  const record = async (event: SessionEvent) => {
    mustFit([event]);
    scribe.record(assistant, [event]);
    await scribe.durable();
  };
  return {
    session,
    call,
    cwd,
    roots: [cwd, ...roots],
    hidden,
    trash,
    signal,
    sandbox,
    blobs,
    capability,
    cell: (code, given) => runCell(world, scribe, call, { code, ...(given ? { given } : {}) }, signal),
    changing: async (change) => record(await keeper.event(turnIn(scribe), call, change)),
    result: (handle) => resultNamed(handle, world.result),
    plan: (items) => record({ type: "plan.set", items: [...items] }),
  };
}

/** A cell by the assistant: it waits its turn, its time counts from its start, and the model is told of both. */
async function runCell(
  world: HandsWorld,
  scribe: Scribe,
  call: number,
  words: Pick<EventOf<"cell.queued">, "code" | "given">,
  signal: AbortSignal,
): Promise<{ text: string; ok: boolean; outcome?: string }> {
  const { clock, released, interruptCell } = world;
  const crowded = world.roomForPython();
  if (crowded !== undefined) return { text: `This cell was not run: ${crowded}`, ok: false };
  const asked = clock.now();
  const { kernel } = scribe.view;
  const behind = kernel.is === "running" ? `cell ${kernel.cell} by ${nameOf(kernel.by)}` : undefined;
  const queued: SessionEvent = { type: "cell.queued", ...words, call };
  mustFit([queued]);
  const cell = seqOf(scribe.record(assistant, [queued]));
  let cancelLimit = () => {};
  let limited = false;
  const stop = () => {
    const { view } = scribe;
    if (!view.cells.some(({ id }) => id === cell)) return interruptCell(cell);
    try {
      scribe.record(daemon, [{ type: "cell.finished", cell, ok: false, outcome: "cancelled" }]);
    } catch (error) {
      // Nothing can be written at the moment: the cell is ended when the session comes back.
      if (!(error instanceof Stale)) throw error;
    }
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    // The wait outlives the signal: an interrupted cell still comes to its end, and what it said is the result.
    const about = ({ event }: Recorded) =>
      (event.type === "cell.started" || event.type === "cell.finished") && event.cell === cell;
    const first = released(about);
    // Waited for from now on: a cell may begin and end in one commit.
    const last = released((recorded) => about(recorded) && recorded.event.type === "cell.finished");
    last.catch(() => {}); // awaited below; until then it must not count as unhandled
    let waited = "";
    if ((await first).event.type === "cell.started") {
      const ms = clock.now() - asked;
      if (behind && ms >= 1000) waited = `[this cell waited ${Math.round(ms / 1000)} s behind ${behind}]\n`;
      const limit = () => {
        cancelLimit = clock.after(assistantCellLimit, () => {
          // Where it waits for a person's line it is not the cell that takes long.
          if (scribe.view.asks.some((ask) => ask.cell === cell)) return limit();
          limited = true;
          interruptCell(cell);
        });
      };
      limit();
    }
    const end = (await last).event as EventOf<"cell.finished">;
    const note = limited ? `\n[interrupted: an assistant's cell may run for ${assistantCellLimit / 1000} s]` : "";
    return {
      text: waited + told(world, cell, end) + note,
      ok: end.ok,
      ...(limited ? { outcome: "timeout" } : end.outcome ? { outcome: end.outcome } : {}),
    };
  } finally {
    signal.removeEventListener("abort", stop);
    cancelLimit();
  }
}

/** What the model reads of its cell: output, result, error, and what came of it. */
function told(world: HandsWorld, cell: number, end: EventOf<"cell.finished">): string {
  const item = world.durableView().items.findLast(({ kind, id }) => kind === "cell" && id === cell);
  const outputs = item?.kind === "cell" ? item.outputs.map(({ text }) => text) : [];
  const parts = [...outputs, end.result?.text ?? "", end.error?.traceback ?? "", end.outcome ? `[${end.outcome}]` : ""];
  return parts.filter((part) => part !== "").join("\n") || "(no output)";
}
