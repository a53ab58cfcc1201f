import type { Actor, Ask } from "@daimon/protocol";

/** One thing to be shown, without a word about how. What a session tells is a list of these. */
export type Piece =
  | { is: "said"; by: Actor; mode: "py" | "ai"; text: string }
  /** More of a text that grows; `of` says whose: the assistant's words, what Python printed, a call's progress. */
  | { is: "stream"; of: "text" | "stdout" | "stderr" | "progress"; block: number; text: string }
  | { is: "closed"; block: number }
  | { is: "result"; cell: number; text: string }
  | { is: "display"; text: string }
  | { is: "error"; text: string }
  | { is: "call"; text: string }
  | { is: "ask"; ask: Ask; by: Actor | undefined }
  /** `aside`: it can wait for the end of a line that somebody else's words are on. */
  | { is: "notice"; text: string; aside?: true }
  /** Like a notice, and something went wrong. */
  | { is: "trouble"; text: string };
