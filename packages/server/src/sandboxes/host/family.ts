import { readdir, readFile } from "node:fs/promises";

/**
 * All that a child started. Its group is not all of it: whoever begins a session of their own leaves the group. So each child has a
 * mark in its environment, which everything it starts carries on. What takes the mark away and leaves the session too is not found:
 * nothing but a sandbox holds that. Only Linux tells of others' environments; elsewhere the group is all that is known.
 */
export type Family = { mark: string; session?: number; newerThan?: { pid: number; at: number } };

export const markName = "CHILD_OF";

/** Whoever starts others as fast as they are ended is given up on, rather than waited for. */
const rounds = 20;

export async function endFamily(family: Family): Promise<boolean> {
  if (process.platform !== "linux") return false;
  let some = false;
  for (let round = 0; round < rounds; round++) {
    const { members, unsure } = await look(family);
    if (members.length === 0 && !unsure) return some;
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

/** `unsure`: one has just become another program, and its environment cannot be read in this very moment. */
async function look({ mark, session, newerThan }: Family): Promise<{ members: number[]; unsure: boolean }> {
  const wanted = Buffer.from(`${markName}=${mark}\0`);
  const candidates = await newer((await readdir("/proc")).map(Number).filter(Boolean), newerThan);
  const found = await Promise.all(candidates.map((pid) => isMember(pid, wanted, session)));
  return { members: candidates.filter((_, index) => found[index] === true), unsure: found.includes(undefined) };
}

/** A process has a higher number than the one that started it, until they begin anew at the lowest. */
async function newer(pids: number[], than: Family["newerThan"]): Promise<number[]> {
  if (than === undefined || Date.now() - than.at > soon) return pids;
  const last = Number((await readFile("/proc/loadavg", "utf8")).trim().split(" ").at(-1));
  return last < than.pid ? pids : pids.filter((pid) => pid > than.pid);
}
/** No machine uses up all its numbers in so many milliseconds. */
const soon = 2000;

async function isMember(pid: number, wanted: Buffer, session: number | undefined): Promise<boolean | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const [state, , , itsSession] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return false;
    if (session !== undefined && Number(itsSession) === session) return true;
    const environment = await readFile(`/proc/${pid}/environ`);
    return environment.length === 0 ? undefined : environment.includes(wanted);
  } catch {
    return false; // it is gone, or somebody else's
  }
}
