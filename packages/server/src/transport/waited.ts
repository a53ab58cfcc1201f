import {
  addUsage,
  type CellError,
  DaimonError,
  noUsage,
  type Recorded,
  type Value,
  withOmission,
} from "@daimon/protocol";
import type { Waited } from "@daimon/protocol/schema";
import type { Static } from "typebox";

/** What HTTP's `?wait=true` answers, told from the events that follow a command. Undefined: not done yet. */

type Turn = Static<typeof Waited.input>["turn"];
type Cell = Omit<Static<typeof Waited.python>, "cell">;
type Told<T> = (recorded: Recorded) => T | undefined;

/** The turn that takes this input, once it has ended. Its text is what the last step that spoke said. */
export function turnOf(inputId: number): Told<Turn> {
  let turn: number | undefined;
  let said = "";
  let saying = "";
  const calls = new Map<number, Turn["calls"][number]>();
  let usage: Turn["usage"] = noUsage;

  return ({ seq, turn: of, event }) => {
    if (event.type === "input.cancelled" && event.input === inputId)
      throw new DaimonError("already_ended", `input ${inputId} was cancelled before a turn took it`);
    if (event.type === "input.taken" && event.input === inputId) turn = of;
    if (turn === undefined || of !== turn) return undefined;

    if (event.type === "step.started") {
      said = saying || said;
      saying = "";
    } else if (event.type === "text.closed") saying += event.text;
    else if (event.type === "call.requested") calls.set(seq, { tool: event.tool, text: "" });
    else if (event.type === "call.finished") {
      const call = calls.get(event.call);
      if (call) calls.set(event.call, { ...call, ok: event.ok, text: event.value.text });
    } else if (event.type === "step.ended") {
      usage = addUsage(usage, event.usage, event.cost);
    } else if (event.type === "turn.ended") {
      const { outcome, reason } = event;
      const text = saying || said;
      return { outcome, ...(reason === undefined ? {} : { reason }), text, calls: [...calls.values()], usage };
    }
    return undefined;
  };
}

/** This cell, once it has finished. */
export function cellOf(cell: number): Told<Cell> {
  const streams = new Map<number, "stdout" | "stderr">();
  const written = { stdout: "", stderr: "" };

  return ({ seq, event }) => {
    if (event.type === "cell.opened" && event.cell === cell) streams.set(seq, event.stream);
    else if (event.type === "cell.closed") {
      const stream = streams.get(event.block);
      if (stream) written[stream] += withOmission({ text: event.text, omitted: event.omitted ?? 0 });
    } else if (event.type === "cell.finished" && event.cell === cell) {
      const { ok, result, error, outcome } = event;
      return { ok, ...written, ...present({ result, error, outcome }) };
    }
    return undefined;
  };
}

type Ending = { result: Value | undefined; error: CellError | undefined; outcome: string | undefined };
const present = (ending: Ending): Partial<Cell> =>
  Object.fromEntries(Object.entries(ending).filter(([, value]) => value !== undefined));
