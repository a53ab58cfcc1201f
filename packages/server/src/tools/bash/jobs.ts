import { DaimonError } from "@daimon/protocol";
import type { Progress, ToolContext, ToolResult } from "../../core/ports.ts";
import { stopped } from "../define.ts";
import { type Ended, failure, followText } from "../programs/follow.ts";
import { Gathered } from "../programs/gathered.ts";
import { unlessAborted } from "../waiting.ts";
import { startShell } from "./shell.ts";

/**
 * Commands that run on after their call and their turn. They belong to a session and to this daemon: with either of them they end. A
 * job is named after the call that started it, so a name is never used again, after a restart neither.
 */
export type Job = {
  name: string;
  command: string;
  since: number;
  /** What nobody read yet. */
  unread: Gathered;
  ending: Promise<Ended>;
  ended?: { how: Ended; after: number };
  /** Resolves with the next thing it says, or its end. */
  news: PromiseWithResolvers<void>;
  end(): void;
};

const runningAtMost = 8;
const unreadAtMost = 1024 * 1024;
const sessions = new Map<string, Map<string, Job>>();

export const jobsOf = (session: string): Job[] => [...(sessions.get(session)?.values() ?? [])];

export async function* startJob(command: string, context: ToolContext): AsyncGenerator<Progress, ToolResult> {
  const jobs = sessions.get(context.session) ?? new Map<string, Job>();
  sessions.set(context.session, jobs);
  if ([...jobs.values()].filter(({ ended }) => !ended).length >= runningAtMost)
    throw new DaimonError("overloaded", `${runningAtMost} jobs run already: end one with bash_kill first.`);
  const controller = new AbortController();
  const starting = startShell(command, context, controller.signal);
  const child = await unlessAborted(starting, context.signal);
  if (!child) {
    controller.abort();
    return stopped;
  }
  const name = `job:${context.call}`;
  const job: Job = {
    name,
    command,
    since: Date.now(),
    unread: new Gathered(unreadAtMost),
    ending: followText(child, (text) => {
      job.unread.add(text);
      tell(job);
    }),
    news: Promise.withResolvers(),
    end: () => controller.abort(),
  };
  void job.ending.then((how) => {
    job.ended = { how, after: Date.now() - job.since };
    tell(job);
  });
  jobs.set(name, job);
  forgetOldest(jobs);
  const text = `It runs as ${name}. bash_output shows what it says, bash_kill ends it; else it ends with daimon.`;
  yield { text: `${text}\n` };
  return { text, unseen: `what ${name} changes in the background is not looked for` };
}

function tell(job: Job): void {
  job.news.resolve();
  job.news = Promise.withResolvers();
}

/** Of those that have ended some are remembered, so that one can still be asked how. */
function forgetOldest(jobs: Map<string, Job>): void {
  const ended = [...jobs.values()].filter((job) => job.ended);
  for (const { name } of ended.slice(0, Math.max(0, ended.length - runningAtMost))) jobs.delete(name);
}

export function jobNamed(session: string, name: string): Job {
  const jobs = jobsOf(session);
  const job = jobs.find((one) => one.name === name);
  if (job) return job;
  const others = jobs.length > 0 ? `There are ${jobs.map((one) => one.name).join(", ")}.` : "There are no jobs.";
  throw new DaimonError("not_found", `There is no ${JSON.stringify(name)} any more: jobs end with daimon. ${others}`);
}

/** What it said since somebody last asked. */
export function unreadOf(job: Job): Gathered {
  const { unread } = job;
  job.unread = new Gathered(unreadAtMost);
  return unread;
}

/** Whether it runs, and how it ended. */
export function stateOf({ name, since, ended }: Job): string {
  if (!ended) return `${name} has been running for ${seconds(Date.now() - since)}`;
  return `${failure(ended.how, name) ?? `${name} exited with code 0`} after ${seconds(ended.after)}`;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** The session is gone: so are they. */
export function endJobs(session: string): void {
  for (const job of jobsOf(session)) job.end();
  sessions.delete(session);
}
