import { DaimonError, squeeze, withOmission, type Value } from "@daimon/protocol";
import type { Static, TSchema } from "typebox";
import type { Progress, Tool, ToolContext, ToolResult } from "../core/ports.ts";
import { checkInput, fits } from "./check.ts";

/** A tool as its author writes it: `show` and `run` get an input that fits the schema. */
type Definition<I extends TSchema> = Omit<Tool, "input" | "show" | "run"> & {
  readonly input: I;
  show(input: Static<I>): Value;
  run(input: Static<I>, context: ToolContext): AsyncGenerator<Progress, ToolResult>;
};

/** What every tool promises beyond its own work, kept here once: checked input, bounded text, failures as sentences. */
export function defineTool<const I extends TSchema>(tool: Definition<I>): Tool {
  return {
    name: tool.name,
    about: tool.about,
    input: tool.input,
    touches: tool.touches,
    repeatable: tool.repeatable,
    parallel: tool.parallel,
    // A model may send anything; people see what it sent.
    show: (input) => bounded(fits(tool.input, input) ? tool.show(input) : { text: `${tool.name}(${asJson(input)})` }),
    async *run(input, context) {
      if (!fits(tool.input, input)) return bounded({ text: checkInput(tool, input) ?? "", ok: false });
      if (context.signal.aborted) return stopped;
      try {
        return bounded(yield* tool.run(input, context));
      } catch (error) {
        if (error instanceof DaimonError) return bounded({ text: error.message, ok: false });
        if (isAbort(error, context.signal)) return stopped;
        throw error;
      }
    },
  };
}

/** What a call says that an interrupt ended. */
export const stopped: ToolResult = { text: "It was interrupted.", ok: false, outcome: "interrupted" };

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted && (error === signal.reason || (error instanceof Error && error.name === "AbortError"));

/** The first and last 24 KiB, with a line between them that says how much is missing. */
function bounded<T extends Value>(value: T): T {
  const block = squeeze({ text: value.text, omitted: 0 });
  return block.omitted === 0 ? value : { ...value, text: withOmission(block), cut: true };
}

const asJson = (input: unknown): string => (input === undefined ? "" : JSON.stringify(input));
