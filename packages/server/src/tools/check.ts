import { faultIn, fits } from "../check.ts";
import type { Tool } from "../core/ports.ts";

/** What is wrong with the input of a call, as a sentence that lets the model mend it; undefined when nothing is. */
export function checkInput(tool: Pick<Tool, "name" | "input" | "mend">, given: unknown): string | undefined {
  const input = mended(tool, given);
  if (fits(tool.input, input)) return undefined;
  const { path, says } = faultIn(tool.input, input);
  const what = path.length === 0 ? "The input" : `The property ${JSON.stringify(path.map(short).join("."))}`;
  return `${what} of ${tool.name} ${says}.`.replace(/\?\.$/, "?");
}

/** Models have habits: what plainly means something that fits is taken as that. */
export const mended = (tool: Pick<Tool, "input" | "mend">, input: unknown): unknown =>
  tool.mend && !fits(tool.input, input) ? tool.mend(input) : input;

/** A name is a model's text, of any length. */
const short = (step: string): string => (step.length > 60 ? `${step.slice(0, 60)}…` : step);
