import { Type } from "typebox";
import type { Progress, ToolContext, ToolResult } from "../../core/ports.ts";
import { defineTool } from "../define.ts";
import { noted, shownIn } from "../programs/shown.ts";
import { unlessAborted } from "../waiting.ts";
import { endJobs, type Job, jobNamed, jobsOf, stateOf, unreadOf } from "./jobs.ts";

const name = Type.String({ minLength: 1, maxLength: 40, description: "As bash named it: job:12" });
const longest = 120;
/** Once it says something, more is waited for until it is quiet for so long. */
const quiet = 300;

export const bashOutput = defineTool({
  name: "bash_output",
  about: "See what a job of bash said since you last looked, and whether it has ended. Without a job: all there are.",
  input: Type.Object(
    {
      job: Type.Optional(name),
      wait: Type.Optional(
        Type.Integer({ minimum: 1, maximum: longest, description: "Seconds to wait for something new, or its end" }),
      ),
    },
    { additionalProperties: false },
  ),
  touches: "nothing",
  repeatable: true,
  parallel: true,
  useful: ({ id }) => jobsOf(id).length > 0,
  polls: true,
  show: ({ job, wait }) => ({
    text: `look at ${job ?? "all jobs"}${wait === undefined ? "" : `, wait for up to ${wait} s`}`,
  }),
  async *run({ job: wanted, wait = 0 }, context) {
    if (wanted === undefined) return { text: list(context.session) };
    const job = jobNamed(context.session, wanted);
    if (wait > 0) await news(job, wait * 1000, context.signal);
    context.signal.throwIfAborted();
    return yield* shown(job, context);
  },
  forget: endJobs,
});

export const bashKill = defineTool({
  name: "bash_kill",
  about: "End a job of bash, with all that it started. Returns what it said since you last looked.",
  input: Type.Object({ job: name }, { additionalProperties: false }),
  touches: "nothing",
  repeatable: true,
  parallel: true,
  useful: ({ id }) => jobsOf(id).length > 0,
  show: ({ job }) => ({ text: `end ${job}` }),
  async *run({ job: wanted }, context) {
    const job = jobNamed(context.session, wanted);
    job.end();
    await unlessAborted(job.ending, context.signal);
    context.signal.throwIfAborted();
    return yield* shown(job, context);
  },
});

async function* shown(job: Job, context: ToolContext): AsyncGenerator<Progress, ToolResult> {
  const unread = unreadOf(job);
  const result = unread.isEmpty ? { text: "(nothing new)" } : await shownIn(unread.tail(), context);
  yield { text: `${result.text}\n` };
  return {
    ...noted(result, [stateOf(job), ...(job.ended?.how.notes ?? [])]),
    ...(job.ended ? { exit: job.ended.how.exit } : {}),
  };
}

function list(session: string): string {
  const jobs = jobsOf(session);
  return jobs.length === 0
    ? "There are no jobs."
    : jobs.map((job) => `${stateOf(job)}: ${firstLine(job.command)}`).join("\n");
}

const firstLine = (command: string): string => {
  const [line = ""] = command.split("\n", 1);
  return line.length < command.length || line.length > 200 ? `${line.slice(0, 200).toWellFormed()} ...` : line;
};

/** Until it has said something and is quiet again, has ended, or the time is over. */
async function news(job: Job, ms: number, signal: AbortSignal): Promise<void> {
  const latest = Date.now() + ms;
  const wait = (most: number) =>
    unlessAborted(
      Promise.race([job.news.promise.then(() => true), pause(Math.min(most, latest - Date.now()))]),
      signal,
    );
  if (job.unread.isEmpty && !job.ended) await wait(ms);
  while (!job.ended && Date.now() < latest && (await wait(quiet)) === true);
}

const pause = (ms: number): Promise<false> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, ms), false).unref());
