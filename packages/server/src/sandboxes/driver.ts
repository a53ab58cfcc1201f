import type { Child, StartProfile } from "../core/ports.ts";

/** What every driver that confines is: something that starts a command so that it can do what its profile says and no more. */
export type Profile = StartProfile;
export type Spawn = (argv: readonly string[], profile: Profile, signal: AbortSignal) => Promise<Child>;
export type Limits = { memory: number; pids: number };

export type Driver = {
  /** As config calls it, and as people do. */
  name: string;
  called: string;
  /** Looks whether what it needs is here, and says what to do where it is not. Whether it holds is tried with what it gives. */
  open(): Promise<{ why: string } | Opened>;
};
export type Opened = { spawn: Spawn; warnings: readonly string[]; limited: boolean };
