import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import type { Duplex, Readable } from "node:stream";
import type { Child, Sandbox } from "../../core/ports.ts";
import { forgetChild, recordChild, signalGroup, startOf } from "./children.ts";

/**
 * The stub that every child starts as: it waits for a line on fd 4 and leaves at its end, so a child whose daemon died before
 * letting it go never runs. exec keeps the pid that was written down.
 */
const held = 'read -r _ <&4 || exit 125; exec 4<&-; exec "$@"';

/** The driver that confines nothing and says so. `children` is the folder that remembers what runs. */
export function hostSandbox({ children }: { children: string }): Sandbox {
  const start: Sandbox["spawn"] = async (argv, profile, signal) => {
    signal.throwIfAborted();
    await mkdir(children, { recursive: true, mode: 0o700 });
    const child = spawn("/bin/sh", ["-c", held, profile.label, ...argv], {
      cwd: profile.cwd,
      env: profile.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe", profile.channel ? "pipe" : "ignore", "pipe"],
    });
    const exited = endOf(child, children);
    if (child.pid === undefined) await once(child, "spawn"); // throws what kept it from starting
    const pid = child.pid as number;
    const abort = () => signalGroup(pid, "SIGKILL");
    try {
      const started = await startOf(pid);
      if (started !== undefined) await recordChild(children, { pid, started, label: profile.label });
      signal.throwIfAborted();
    } catch (error) {
      abort();
      await exited;
      throw error;
    }
    signal.addEventListener("abort", abort, { once: true });
    void exited.then(() => signal.removeEventListener("abort", abort));
    const gate = child.stdio[4] as Duplex;
    gate.on("error", () => undefined); // it died while held: `exited` tells
    gate.end("\n");
    return handle(child, pid, exited);
  };

  return {
    name: "host",
    confines: false,
    spawn: start,
    test: async () => ({ ok: true, detail: "commands run as you, with your files and your network" }),
  };
}

type Exit = { code: number | null; signal: string | null };

/** Settles when the process itself is gone: whoever inherited its pipes may hold them open for as long as it likes. */
function endOf(child: ChildProcess, children: string): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", () => undefined); // only a failed start, which the caller hears of
    child.once("exit", (code, signal) => {
      const pid = child.pid as number;
      // What is left of its group goes with it: nothing may outlive the record by which the next daemon would find it.
      signalGroup(pid, "SIGKILL");
      void forgetChild(children, pid).then(() => resolve({ code, signal }));
    });
  });
}

function handle(child: ChildProcess, pid: number, exited: Promise<Exit>): Child {
  let running = true;
  child.once("exit", () => (running = false));
  // A write to a child that just left fails; `exited` is what tells.
  for (const stream of child.stdio) stream?.on("error", () => undefined);
  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    channel: (child.stdio[3] as Duplex | null | undefined) ?? null,
    exited,
    kill: (signal) => {
      if (running) signalGroup(pid, signal);
    },
  };
}
