import { DaimonError } from "@daimon/protocol";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import type { Duplex, Readable } from "node:stream";
import type { Child, Sandbox, StartProfile } from "../../core/ports.ts";
import { forgetChild, recordChild, signalGroup, startOf } from "./children.ts";
import { endFamily, type Family, markName } from "./family.ts";

/**
 * The stub that every child starts as: it waits for a line on fd 4 and leaves at its end, so a child whose daemon died before
 * letting it go never runs. exec keeps the pid that was written down.
 */
export const heldStub = 'read -r _ <&4 || exit 125; exec 4<&-; exec "$@"';
/** A shell reads no further than the line, so what comes behind it is there for the program to read. */
const stubThatHandsOn = 'read -r _ <&4 || exit 125; exec "$@"';
/**
 * One pipe for both of its streams. And nothing to read: our end of its stdin is a socket, for which bash takes it that somebody
 * logged in from afar, and runs their start-up file.
 */
const inOnePipe = " 2>&1 </dev/null";

/** For drivers that are built over this one. */
export type Handing = {
  /** What the program finds on fd 4. */
  words?: string;
  /** Done with the child while it is still held; where it fails the child never runs. */
  held?(pid: number): Promise<void>;
};
export type HostSandbox = Sandbox & {
  spawn(argv: readonly string[], profile: StartProfile, signal: AbortSignal, handing?: Handing): Promise<Child>;
};

const unconfined = "no sandbox: commands run as you, with all your files and your network";

/** The driver that confines nothing and says so. `children` is the folder that remembers what runs. */
export function hostSandbox({ children }: { children: string }): HostSandbox {
  const running = new Set<Child>();
  const leaving = new AbortController();
  return {
    name: "none",
    confines: false,
    network: [],
    ready: async () => {},
    says: () => unconfined,
    spawn: async (argv, profile, given, { words, held } = {}) => {
      const signal = AbortSignal.any([given, leaving.signal]);
      signal.throwIfAborted();
      await mkdir(children, { recursive: true, mode: 0o700 });
      const mark = randomUUID();
      const at = Date.now();
      const stub = words === undefined ? heldStub : stubThatHandsOn;
      const { process: child, pid } = await startHeld(stub + (profile.merged ? inOnePipe : ""), argv, profile, mark);
      const family = { mark, session: pid, newerThan: { pid, at } };
      const exited = endOf(child, pid, family, children);
      const started = handle(child, pid, exited);
      running.add(started);
      void exited.then(() => running.delete(started));
      const abort = () => started.kill("SIGKILL");
      try {
        const since = await startOf(pid);
        const record = { pid, started: since ?? "", label: profile.label, mark };
        await Promise.all([since === undefined ? undefined : recordChild(children, record), held?.(pid)]);
        signal.throwIfAborted();
      } catch (error) {
        abort();
        await exited;
        throw error;
      }
      signal.addEventListener("abort", abort, { once: true });
      void exited.then(() => signal.removeEventListener("abort", abort));
      (child.stdio[4] as Duplex).end(`\n${words ?? ""}`);
      return started;
    },
    close: async () => {
      leaving.abort(new DaimonError("draining", "the daemon is stopping; nothing more is started"));
      await Promise.all([...running].map((child) => child.exited));
    },
    report: async () => ({ driver: "none", confines: false, says: unconfined, warnings: [], network: [] }),
    test: async () => [{ name: "sandbox", ok: false, says: unconfined }],
  };
}

async function startHeld(
  stub: string,
  argv: readonly string[],
  profile: StartProfile,
  mark: string,
): Promise<{ process: ChildProcess; pid: number }> {
  const child = spawn("/bin/sh", ["-c", stub, profile.label, ...argv], {
    cwd: profile.cwd,
    env: { ...profile.env, [markName]: mark },
    detached: true,
    stdio: ["pipe", "pipe", "pipe", profile.channel ? "pipe" : "ignore", "pipe"],
  });
  // Writing to a child that has just left fails: its end is told by `exited`, not here.
  for (const stream of child.stdio) stream?.on("error", () => undefined);
  try {
    await once(child, "spawn");
    return { process: child, pid: child.pid as number };
  } catch (cause) {
    if (existsSync(profile.cwd)) throw cause;
    throw new DaimonError("not_found", `the folder ${profile.cwd} is not there; choose another one to work in`, {
      cause,
    });
  }
}

type Exit = { code: number | null; signal: string | null };

/** Settles when the process itself is gone: whoever inherited its pipes may hold them open for as long as it likes. */
function endOf(child: ChildProcess, pid: number, family: Family, children: string): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      // What is left of it goes with it: nothing may outlive the record by which the next daemon would find it.
      signalGroup(pid, "SIGKILL");
      const ended = () => resolve({ code, signal });
      // A record that could not be removed names a process that is gone: the next daemon finds none and removes it.
      void endFamily(family)
        .then(() => forgetChild(children, pid))
        .then(ended, ended);
    });
  });
}

const handle = (child: ChildProcess, pid: number, exited: Promise<Exit>): Child => ({
  pid,
  stdin: child.stdin,
  stdout: child.stdout as Readable,
  stderr: child.stderr as Readable,
  channel: (child.stdio[3] as Duplex | null | undefined) ?? null,
  exited,
  kill: (signal) => {
    // Once it has left, its number may be somebody else's.
    if (child.exitCode === null && child.signalCode === null) signalGroup(pid, signal);
  },
});
