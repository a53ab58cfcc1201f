import { paintFor } from "./colour.ts";
import type { Mode as Approvals } from "@daimon/protocol";
import type { Prompt } from "./screen.ts";

export type Mode = "py" | "ai";
/** What stands before what is typed: the mode is readable without colours, and what the assistant may where that is not usual. */
export const labelOf = (mode: Mode, paint: ReturnType<typeof paintFor>, may: Approvals = "ask"): string =>
  `${paint(mode === "py" ? "green" : "magenta", `${mode}${mode === "ai" && may !== "ask" ? ` ${may}` : ""}>`)} `;

/** A terminal that can move its cursor, on both sides. */
export function isTerminal(env: NodeJS.ProcessEnv = process.env): boolean {
  const { isatty } = process.getBuiltinModule("node:tty");
  return isatty(0) && isatty(1) && env["TERM"] !== "dumb";
}

/** Paints the prompt that a person waits for, before there is anything to answer it. */
export function firstPrompt(): Prompt | undefined {
  if (!isTerminal()) return undefined;
  const prompt = { label: labelOf("py", paintFor(process.env, true)), line: "", cursor: 0 };
  process.getBuiltinModule("node:fs").writeSync(1, prompt.label);
  // What is typed from here on waits to be read; the terminal must not echo it beside the prompt meanwhile.
  process.stdin.setRawMode(true);
  return prompt;
}
