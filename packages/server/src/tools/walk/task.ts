import type { Query } from "../grep/pattern.ts";
import type { Above } from "./above.ts";

/** What the thread is asked: names that a glob matches, or lines that a query does. */
export type Task = {
  /** Where the entries of the folder are found, or the file itself. */
  top: string;
  isFile: boolean;
  /** What is searched in their place. */
  text?: Uint8Array;
  above: readonly Above[];
  hidden: ReadonlySet<string>;
  glob: string | undefined;
  query: Query | undefined;
  limit: number;
};

/** `lines` of a folder, and of whatever is only named, are none. */
export type Match = { path: string; lines: number[] };
export type Answer = { matches: Match[]; more: boolean; unreadable: string[] };
