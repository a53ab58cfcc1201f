import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/**
 * Gives a test run a temporary folder of its own, which is also its home: no test meets what the person at this machine has set
 * or keeps. After the last test it looks for processes that still have to do with that folder: one that a test left behind fails
 * the run, is named and ended. Only Linux can be asked which processes those are.
 */
export default function setup(): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "dt-"));
  for (const name of Object.keys(process.env)) if (/^(DAIMON_(?!TEST_)|XDG_)/.test(name)) delete process.env[name];
  Object.assign(process.env, { TMPDIR: folder, HOME: folder });
  return async () => {
    // What was told to end a moment ago may need one more.
    for (let tries = 20; tries > 0 && leftIn(folder).length > 0; tries -= 1) await pause(100);
    const left = leftIn(folder);
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    if (left.length > 0)
      throw new Error(`tests left processes behind: ${left.map(({ pid, words }) => `${pid} (${words})`).join(", ")}`);
  };
}

type Left = { pid: number; parent: number; words: string };

/** The children of this process are the test runner's own: tests run one level below. */
const leftIn = (folder: string) => processesOf(folder).filter(({ parent }) => parent !== process.pid);

export function processesOf(folder: string): Left[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const words = read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    const environment = read(() => readFileSync(`/proc/${pid}/environ`, "utf8"));
    const cwd = read(() => readlinkSync(`/proc/${pid}/cwd`));
    const ours = [words, environment, cwd].some((text) => text.includes(folder));
    const parent = Number(/\) \w (\d+)/.exec(read(() => readFileSync(`/proc/${pid}/stat`, "utf8")))?.[1]);
    return ours && words !== "" ? [{ pid, parent, words: words.replaceAll("\0", " ").trim().slice(0, 200) }] : [];
  });
}

/** A process may be somebody else's, or gone before it is looked at. */
function read(look: () => string): string {
  try {
    return look();
  } catch {
    return "";
  }
}
