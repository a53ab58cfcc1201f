import type { CapabilityName } from "../../core/ports.ts";
import type { Conversation, Looked } from "./conversation.ts";

export type ToolName = CapabilityName | "python";
export type Call = { tool: ToolName; input: Record<string, string> };

/**
 * An answer asks for the calls it needs, is handed their results and returns its words. It is played again from
 * the start for every step of a turn, on the results that the messages hold: nothing is remembered elsewhere.
 */
export type Answer = Generator<Call[], string, Looked[]>;

/** One row of the table of what the guide understands. */
export type Question = {
  /** As people would ask it: what help and the documentation list. */
  readonly ask: string;
  readonly gives: string;
  readonly needs: readonly ToolName[];
  /** The thing asked about ("" where there is none), or undefined when this is another question. */
  match(text: string): string | undefined;
  /** A string where nothing has to be looked up. */
  answer(subject: string, conversation: Conversation): Answer | string;
};

export const look = (tool: CapabilityName, expression?: string): Call => ({
  tool,
  input: expression === undefined ? {} : { expression },
});

/** Asks for one call and hands back its result. */
export function* one(call: Call): Generator<Call[], Looked, Looked[]> {
  const [result] = yield [call];
  return result ?? { ...call, ok: false, text: "The call has no result." };
}
