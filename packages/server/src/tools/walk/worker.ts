import { parentPort, workerData } from "node:worker_threads";
import { Searcher } from "../grep/search.ts";
import { globOf } from "./glob.ts";
import type { Answer, Task } from "./task.ts";
import { type Found, walk } from "./walk.ts";

/** Walks and searches in a thread of its own: however much there is to read, the daemon goes on. */

const task = workerData as Task;
const answer: Answer = { matches: [], more: false, unreadable: [] };
if (task.query) search(new Searcher(task.query));
else find();
parentPort?.postMessage(answer);

function find(): void {
  const names = globOf(task.glob ?? "**", { braces: true });
  for (const { path, isFolder } of walk(task, answer)) {
    if (!names(path)) continue;
    answer.more = answer.matches.length === task.limit;
    if (answer.more) return;
    answer.matches.push({ path: isFolder ? `${path}/` : path, lines: [] });
  }
}

function search(searcher: Searcher): void {
  let left = task.limit;
  for (const { path, at } of task.isFile ? [{ path: "", at: task.top }] : files()) {
    const lines = task.text ? searcher.linesIn(task.text, left + 1) : searcher.lines(at, left + 1);
    if (lines === undefined) answer.unreadable.push(path);
    else if (lines.length > 0) answer.matches.push({ path, lines: lines.slice(0, left) });
    left -= lines?.length ?? 0;
    answer.more = left < 0;
    if (answer.more) return;
  }
}

function* files(): Generator<Found> {
  const not = task.glob?.startsWith("!") === true;
  const matches = task.glob === undefined ? undefined : globOf(task.glob.slice(not ? 1 : 0), { braces: true });
  for (const found of walk({ ...task, ...(not ? { skipped: matches } : { named: matches }) }, answer))
    if (!found.isFolder && (not || !matches || matches(found.path))) yield found;
}
