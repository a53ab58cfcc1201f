import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/**
 * All that a child started. Its group is not all of it: whoever begins a session of their own leaves the group. So each child has a
 * mark in its environment, which everything it starts carries on. What takes the mark away and leaves the session too is not found:
 * nothing but a sandbox holds that. Only Linux tells of others' environments; elsewhere the group is all that is known.
 */
export type Family = { mark: string; session?: number; newerThan?: { pid: number; at: number } };

export const markName = "CHILD_OF";

/** Whoever starts others as fast as they are ended is given up on, rather than waited for. */
const rounds = 20;
/** A process that becomes another program has no environment for a moment; one that has none at all is not waited for. */
const moments = 3;

export async function endFamily(family: Family): Promise<boolean> {
  if (process.platform !== "linux") return false;
  let some = false;
  for (let round = 0, unsureRounds = 0; round < rounds; round++) {
    const { members, unsure } = await look(family);
    if (members.length === 0 && (!unsure || ++unsureRounds > moments)) return some;
    some = members.map(end).includes(true) || some;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return some;
}

function end(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false; // it is gone already, or runs as somebody else by now
  }
}

async function look({ mark, session, newerThan }: Family): Promise<{ members: number[]; unsure: boolean }> {
  const wanted = Buffer.from(`${markName}=${mark}\0`);
  const pids = newer(readdirSync("/proc").map(Number).filter(Boolean), newerThan);
  const found = await Promise.all(pids.map((pid) => isMember(pid, wanted, session)));
  return { members: pids.filter((_, index) => found[index] === true), unsure: found.includes(undefined) };
}

/** A process has a higher number than the one that started it, until they begin anew at the lowest. */
function newer(pids: number[], than: Family["newerThan"]): number[] {
  if (than === undefined || Date.now() - than.at > soon) return pids;
  const last = Number(readFileSync("/proc/loadavg", "utf8").trim().split(" ").at(-1));
  return last < than.pid ? pids : pids.filter((pid) => pid > than.pid);
}
/** No machine uses up all its numbers in so many milliseconds. */
const soon = 2000;

const ofKernel = 0x0020_0000;

/** Undefined where it cannot be told in this moment. */
async function isMember(pid: number, wanted: Buffer, session: number | undefined): Promise<boolean | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const [state, , , itsSession, , , flags] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X" || (Number(flags) & ofKernel) !== 0) return false;
    if (session !== undefined && Number(itsSession) === session) return true;
    const environment = await readFile(`/proc/${pid}/environ`);
    return environment.length === 0 ? undefined : environment.includes(wanted);
  } catch {
    return false; // it is gone, or somebody else's
  }
}
