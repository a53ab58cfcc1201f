import { expect } from "vitest";
import type { Seen } from "./notebook.ts";

/** One thing that people know from IPython: cells, run one after the other, and what the last of them shows. */
export type Row = {
  /** What is promised. */
  it: string;
  cells: string[];
  /** What the questions of the last cell are answered. */
  answers?: string[];
  shows: Partial<Record<keyof Seen, unknown>>;
  /** Where it holds; on both where nothing is said. */
  on?: "sealed" | "own";
};

export const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);
export const having = (text: string): unknown => expect.stringContaining(text);
export const result = (text: string) => ({ ok: true, result: text });
export const printed = (text: string) => ({ ok: true, out: text });
