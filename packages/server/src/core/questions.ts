import { fit, type SessionEvent, type SessionView } from "@daimon/protocol";
import { daemon } from "./actors.ts";
import { digestOf } from "./digest.ts";
import { roleToAnswer } from "./roles.ts";
import type { Clock, Kernel } from "./ports.ts";
import { type Scribe, seqOf } from "./scribe.ts";

/** A person's own cell waits for them as long as they like; the assistant's goes on without an answer after this. */
const minutes = 30;

/** `input()` of a cell becomes a question to people. Settles when nothing is left to do about it. */
export async function askForLine(
  { scribe, kernel, clock }: { scribe: Scribe; kernel: Kernel; clock: Clock },
  cell: number,
  prompt: string,
): Promise<void> {
  const { kernel: lane } = scribe.view;
  const patience = lane.is === "running" && lane.call !== undefined ? minutes * 60_000 : undefined;
  const ask = seqOf(
    scribe.record(daemon, [
      {
        type: "ask.opened",
        kind: "stdin",
        digest: digestOf("stdin", cell, prompt),
        show: { text: fit(prompt, 4000).text },
        role: roleToAnswer("stdin"),
        cell,
        ...(patience === undefined ? {} : { expires: clock.now() + patience }),
      },
    ]),
  );
  if (patience === undefined) return;
  await new Promise<void>((resolve) => clock.after(patience, resolve));
  if (!scribe.view.asks.some(({ id }) => id === ask)) return;
  scribe.record(daemon, [{ type: "ask.expired", ask, why: `nobody answered within ${minutes} minutes` }]);
  await scribe.durable();
  kernel.answer(null);
}

/** What a cell still asks when it ends is asked no more. */
export const withdrawn = (view: SessionView, cell: number): SessionEvent[] =>
  view.asks
    .filter((ask) => ask.cell === cell)
    .map(({ id }) => ({ type: "ask.expired", ask: id, why: "its cell ended" }));
