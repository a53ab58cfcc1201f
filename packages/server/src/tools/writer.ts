import type { Static, TSchema } from "typebox";
import type { Tool, ToolContext, ToolResult } from "../core/ports.ts";
import { defineTool, type Definition } from "./define.ts";
import { timed } from "./limits.ts";
import { refusal } from "./paths/words.ts";
import { inTurn } from "./queue.ts";

/** A change that was looked at and not made. */
export type Plan = {
  /** All that people must know of it to say yes. */
  shows: string;
  make(): Promise<ToolResult>;
};

/** A tool that changes files, as its author writes it. */
type Writer<I extends TSchema> = Pick<Definition<I>, "name" | "about" | "input" | "show" | "mend"> & {
  /** The real paths that it changes. */
  paths(input: Static<I>, context: ToolContext): Promise<readonly string[]>;
  plan(input: Static<I>, context: ToolContext): Promise<Plan>;
};

const changingAtMost = 300_000;

/**
 * What every writer promises beyond its own work: what people were shown is what is done; whoever changes the same file waits; and who
 * says stop in time has nothing done.
 */
export function defineWriter<const I extends TSchema>({ paths, plan, ...tool }: Writer<I>): Tool {
  /** By the run that they were shown for: it is refused where something else would happen by now. */
  const shown = new WeakMap<ToolContext, string>();
  const planned = (input: Static<I>, context: ToolContext, signal: AbortSignal) => plan(input, { ...context, signal });
  return defineTool({
    ...tool,
    touches: "files",
    repeatable: false,
    // In the order in which the model wished them.
    parallel: false,
    preview: (input, context) =>
      timed(context.signal, changingAtMost, async (signal) => {
        const { shows } = await planned(input, context, signal);
        shown.set(context, shows);
        return { text: shows };
      }),
    run: (input, context) =>
      timed(context.signal, changingAtMost, async (signal) => {
        const changed = await paths(input, context);
        return inTurn(changed, signal, async () => {
          const now = await paths(input, context);
          const { shows, make } = await planned(input, context, signal);
          const promised = shown.get(context) ?? shows;
          if (promised !== shows || now.join("\0") !== changed.join("\0")) throw other;
          signal.throwIfAborted();
          return make();
        });
      }),
  });
}

const other = refusal("It was changed by somebody since: nothing was done. Look at it and try again.");
