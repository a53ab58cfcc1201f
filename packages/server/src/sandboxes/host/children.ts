import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { endFamily } from "./family.ts";

/**
 * A record says which process was started, and when: a pid alone may belong to somebody else by now. One small file per child,
 * named after its pid, there before the child runs its first instruction.
 */
type ChildRecord = { pid: number; started: string; label: string; mark: string };
export type Reaped = { pid: number; label: string };

/** When a process started, as the operating system tells it; undefined when there is no such process. */
export const startOf = async (pid: number): Promise<string | undefined> =>
  process.platform === "linux" ? startOnLinux(pid) : startByPs(pid);

/** Ticks since boot, with the boot's id: ticks alone repeat after a restart of the machine. */
function startOnLinux(pid: number): string | undefined {
  try {
    // The kernel makes these when they are read: no disk is waited for.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    // The second field is the command in parentheses and may hold blanks and parentheses itself: count from the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, ticks] = [fields[0], fields[19]];
    return state === "Z" ? undefined : `${boot.trim()} ${ticks}`;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function startByPs(pid: number): Promise<string | undefined> {
  const env = { LC_ALL: "C", PATH: "/usr/bin:/bin" };
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { env });
    const [state = "Z", ...started] = stdout.trim().split(/\s+/);
    return state.startsWith("Z") ? undefined : started.join(" ");
  } catch {
    // ps answers with status 1 and no text when there is no such process.
    return undefined;
  }
}

const isGone = (error: unknown): boolean => {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ESRCH";
};

/**
 * The record outlives the daemon, however that ends. It need not outlive a power cut, which no child does: the system may write it to
 * the disk when it likes.
 */
export const recordChild = (folder: string, record: ChildRecord): Promise<void> =>
  writeFile(join(folder, String(record.pid)), JSON.stringify(record), { mode: 0o600 });

export const forgetChild = (folder: string, pid: number): Promise<void> =>
  rm(join(folder, String(pid)), { force: true });

/**
 * Sends a signal to a process group; false when nothing of it can be signalled: it is gone, or all that is left runs as somebody
 * else (a command that sudo started).
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === "EPERM") return false;
    throw error;
  }
}

/** A process that hangs inside the operating system may take as long as it likes to go: a daemon waits so long, then starts. */
const patience = 5000;

/**
 * Ends what an earlier daemon left behind: every recorded process whose start time still matches, with its group. Returns what it
 * ended, once it is gone. A child that was recorded but never let go has left by itself.
 */
export async function reapOrphans(folder: string): Promise<Reaped[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isGone(error)) return [];
    throw error;
  });
  const reaped = await Promise.all(names.map((name) => reap(folder, name)));
  return reaped.filter((one) => one !== undefined);
}

async function reap(folder: string, name: string): Promise<Reaped | undefined> {
  const record = readRecord(await readFile(join(folder, name), "utf8"));
  const lives = async () => record !== undefined && (await startOf(record.pid)) === record.started;
  const ended = record !== undefined && (await lives()) && signalGroup(record.pid, "SIGKILL");
  const latest = Date.now() + patience;
  while (ended && Date.now() < latest && (await lives())) await new Promise((done) => setTimeout(done, 5));
  // What it started may outlive it.
  const others = record !== undefined && (await endFamily({ mark: record.mark }));
  await rm(join(folder, name), { force: true });
  return ended || others ? { pid: record.pid, label: record.label } : undefined;
}

/** A record cut short by a crash means a child that was never let go: there is nothing to end. */
function readRecord(text: string): ChildRecord | undefined {
  try {
    const { pid, started, label, mark } = JSON.parse(text) as Partial<ChildRecord>;
    const words = [started, label, mark].every((word) => typeof word === "string" && word !== "");
    return Number.isInteger(pid) && Number(pid) > 1 && words
      ? ({ pid, started, label, mark } as ChildRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
