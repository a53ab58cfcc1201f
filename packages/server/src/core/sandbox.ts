import type { Duplex, Readable } from "node:stream";
import type { Finding } from "./ports.ts";

/** Children of the daemon: what they may do, and what makes sure of it. */

/**
 * What a command may do, and what it sees. A driver that confines grants this, what every program needs of the system and the
 * tools that PATH names, and no more; the one that confines nothing grants all.
 */
export type SandboxProfile = {
  cwd: string;
  env: Record<string, string>;
  /** The hosts it may reach: `name`, or `*.name` for all below it, either with `:port`. None means no network. */
  network: readonly string[];
  /** Folders that it may change, except what would run by itself outside: `.git/hooks` and the like. */
  writable: readonly string[];
  /** Files and folders that it may read beside. The daemon names them itself: nothing of a project's does. */
  readable?: readonly string[];
  /** Folders that it never sees, wherever they lie. The daemon's own are among them always. */
  hidden?: readonly string[];
};

/** `channel`: fd 3 is a stream both ways. `merged`: both its streams are stdout, in their order, and there is nothing to read. */
export type StartProfile = SandboxProfile & { channel?: true; merged?: true; label: string };

/** A child whose pid and start time were on disk before it ran its first instruction. */
export type Child = {
  pid: number;
  stdin: NodeJS.WritableStream | null;
  stdout: Readable;
  stderr: Readable;
  /** fd 3 of the child: a stream both ways, when the profile asked for one. */
  channel: Duplex | null;
  /** `notes`: what the sandbox did about what it left behind, in sentences for people and for the model. */
  exited: Promise<{ code: number | null; signal: string | null; notes?: readonly string[] }>;
  /** Sends a signal to its whole process group. */
  kill(signal: "SIGINT" | "SIGURG" | "SIGTERM" | "SIGKILL"): void;
};

/** What a sandbox is here and now, for people: nothing is tried for it that was not tried yet. */
export type SandboxReport = {
  driver: string;
  confines: boolean;
  /** What holds, or why nothing does and what to do about it. */
  says: string;
  /** What is weaker than it could be. */
  warnings: readonly string[];
  network: readonly string[];
  /** Of one command with all it starts: MiB, and processes. Undefined where this machine lets nobody set such a limit. */
  limits?: { memory: number; pids: number };
};

export interface Sandbox {
  readonly name: string;
  /** True once it was seen to confine on this machine, and never before: await `ready` first. */
  readonly confines: boolean;
  /** The hosts that people let commands reach: a profile asks for these, for some of them, or for none. */
  readonly network: readonly string[];
  /** Settles once it is known whether it confines. It tries only once. */
  ready(): Promise<void>;
  /** What a command of this profile may do, in one line for people. Part of what they say yes to. */
  says(profile: SandboxProfile): string;
  spawn(argv: readonly string[], profile: StartProfile, signal: AbortSignal): Promise<Child>;
  /** Ends what still runs and starts nothing more: the daemon leaves. */
  close(): Promise<void>;
  report(): Promise<SandboxReport>;
  /** Attacks it, with commands of its own, and tells what held. */
  test(): Promise<readonly Finding[]>;
}
