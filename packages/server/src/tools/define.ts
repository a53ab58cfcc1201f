import { DaimonError } from "@daimon/protocol";
import type { Static, TSchema } from "typebox";
import { fits } from "../check.ts";
import type { Progress, Question, Tool, ToolContext, ToolResult, Touches } from "../core/ports.ts";
import { checkInput, mended } from "./check.ts";

/** A tool as its author writes it: `show` and `run` get an input that fits; a tool without progress is a promise. */
export type Definition<I extends TSchema> = Omit<Tool, "input" | "show" | "run" | Extra> & {
  readonly input: I;
  show(input: Static<I>): ReturnType<Tool["show"]>;
  touching?(input: Static<I>): Touches;
  command?(input: Static<I>): string | readonly string[] | undefined;
  preview?(input: Static<I>, context: ToolContext): Promise<ToolResult>;
  question?(input: Static<I>): Question;
  run(input: Static<I>, context: ToolContext): AsyncGenerator<Progress, ToolResult> | Promise<ToolResult>;
};

type Extra = "touching" | "command" | "preview" | "question";

/** What every tool promises beyond its own work, kept here once: checked input, and failures as sentences. */
export function defineTool<const I extends TSchema>(tool: Definition<I>): Tool {
  // Asked only of an input that was checked: whoever decides about a call checks it first.
  const { touching, command, question, preview } = tool;
  const meant = (input: unknown): unknown => mended(tool, input);
  return {
    name: tool.name,
    about: tool.about,
    input: tool.input,
    touches: tool.touches,
    repeatable: tool.repeatable,
    parallel: tool.parallel,
    ...(tool.mend ? { mend: tool.mend } : {}),
    ...(tool.polls ? { polls: true as const } : {}),
    ...(tool.forget ? { forget: tool.forget } : {}),
    ...(tool.useful ? { useful: tool.useful } : {}),
    ...(touching ? { touching: (input) => touching(meant(input) as Static<I>) } : {}),
    ...(command ? { command: (input) => command(meant(input) as Static<I>) } : {}),
    ...(question ? { question: (input) => question(meant(input) as Static<I>) } : {}),
    ...(preview
      ? {
          preview: (input, context) =>
            preview(meant(input) as Static<I>, context).catch((error: unknown) => asSentence(error, context.signal)),
        }
      : {}),
    // A model may send anything, and people see what it sent before anybody checks it.
    show(given) {
      const input = meant(given);
      return fits(tool.input, input) ? tool.show(input) : { text: `${tool.name}(${JSON.stringify(given) ?? ""})` };
    },
    async *run(given, context) {
      const input = meant(given);
      if (!fits(tool.input, input)) return { text: checkInput(tool, given) ?? "", ok: false };
      if (context.signal.aborted) return stopped;
      try {
        const work = tool.run(input, context);
        return Symbol.asyncIterator in work ? yield* work : await work;
      } catch (error) {
        return asSentence(error, context.signal);
      }
    },
  };
}

/** A refusal is a sentence to the model; a bug stays one. */
function asSentence(error: unknown, signal: AbortSignal): ToolResult {
  if (error instanceof DaimonError) return { text: error.message, ok: false };
  if (isAbort(error, signal)) return stopped;
  throw error;
}

/** What a call says that an interrupt ended. */
export const stopped: ToolResult = { text: "It was interrupted.", ok: false, outcome: "interrupted" };

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted && (error === signal.reason || (error instanceof Error && error.name === "AbortError"));
