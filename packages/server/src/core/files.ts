import type { FileChange, ToolContext } from "./tool.ts";

/** The files that a session works on, for who looks after what the assistant did to them. */

/** Where the session may reach. */
export type Fence = Pick<ToolContext, "cwd" | "roots" | "hidden" | "trash">;

export type Found =
  | { is: "nothing" }
  | { is: "file"; sha256: string; mode: number; bytes: number }
  | { is: "folder"; empty: boolean }
  | { is: "link" }
  /** What is not looked into, and why. */
  | { is: "other"; why: string };

export type Content = { bytes: Uint8Array; mode: number };
export type Diff = { text: string; added: number; removed: number };

/**
 * Paths are real and absolute. What lies outside of the fence is refused, by then as by now: between looking and doing a folder may
 * become a link to elsewhere. Whoever changes a file says what it found there, and changes nothing else.
 */
export interface Files {
  look(fence: Fence, path: string): Promise<Found>;
  /** All of it; undefined where it is no file, or larger than that. */
  read(fence: Fence, path: string, atMost: number): Promise<Uint8Array | undefined>;
  /** Puts a whole file in place of what was found: a file with that SHA-256, or nothing. Folders above it are made. */
  put(fence: Fence, path: string, content: Content, found: string | undefined): Promise<void>;
  /** Removes a file with that SHA-256; without one, an empty folder. */
  remove(fence: Fence, path: string, found: string | undefined): Promise<void>;
  /** To where nothing is, nor anybody else comes first. */
  move(fence: Fence, from: string, to: string): Promise<void>;
  /** Out of the trash, to where nothing is. False: it is not there any more. */
  restore(fence: Fence, from: string, to: string): Promise<boolean>;
  /** Of no file, where there was or is none. Undefined where one of them is no text. */
  diff(path: string, before: Uint8Array | undefined, after: Uint8Array | undefined): Promise<Diff | undefined>;
}

/** What is different from how it was. `lost`: why nobody knows what it held before. */
export type Difference = Omit<FileChange, "to" | "after" | "afterMode">;

/** How folders are, before a command runs in them, and what is different after it. */
export interface Scans {
  mark(fence: Fence, signal: AbortSignal): Promise<Mark>;
  /** What is looked at by no comparison, in words for people. */
  unseen(fence: Fence): Promise<readonly string[]>;
}
export interface Mark {
  /** Once; with why, where not all could be compared. */
  differences(): Promise<{ changed: readonly Difference[]; unseen: readonly string[] }>;
}
