import { Type, type Static } from "typebox";
import type { Progress, ToolContext, ToolResult } from "../../core/ports.ts";
import { defineTool, stopped } from "../define.ts";
import { failure, followText } from "../programs/follow.ts";
import { Gathered } from "../programs/gathered.ts";
import { noted, shownIn } from "../programs/shown.ts";
import { Telling } from "../programs/telling.ts";
import { unlessAborted } from "../waiting.ts";
import { startJob } from "./jobs.ts";
import { shellNote, startShell } from "./shell.ts";

const usual = 120;
const longest = 600;
/** What is kept of what one command said. */
const keptAtMost = 8 * 1024 * 1024;

const input = Type.Object(
  {
    command: Type.String({
      minLength: 1,
      // So that people see all of what they are asked to allow: a longer one would be shown cut.
      maxLength: 16 * 1024,
      pattern: "^[^\\0]*$",
      description: "One or more lines of bash",
    }),
    timeout: Type.Optional(Type.Integer({ minimum: 1, maximum: longest, description: `Seconds, else ${usual}` })),
    background: Type.Optional(Type.Boolean({ description: "Let it run on, as a job to follow" })),
  },
  { additionalProperties: false },
);

export const bash = defineTool({
  name: "bash",
  about:
    "Run bash in the session's folder. Nobody answers prompts, and nothing runs on after it. Returns the end of its output.",
  input,
  touches: "world",
  repeatable: false,
  parallel: false,
  command: ({ command }) => command,
  show: ({ command, timeout, background }) => ({
    text: `$ ${command}${background ? "\n(in the background)" : timeout === undefined ? "" : `\n(for at most ${timeout} s)`}`,
  }),
  run: (wanted, context) => (wanted.background ? startJob(wanted.command, context) : run(wanted, context)),
});

async function* run(
  { command, timeout = usual }: Static<typeof input>,
  context: ToolContext,
): AsyncGenerator<Progress, ToolResult> {
  const late = new AbortController();
  const signal = AbortSignal.any([context.signal, late.signal]);
  const child = await unlessAborted(startShell(command, context, signal), context.signal);
  if (!child) return stopped;
  const timer = setTimeout(() => late.abort(), timeout * 1000);
  const output = new Gathered(keptAtMost);
  const telling = new Telling();
  const ended = followText(child, (text) => {
    output.add(text);
    telling.add(text);
  });
  yield* telling.until(ended);
  const end = await ended;
  clearTimeout(timer);
  const shown = await shownIn(output.tail(), context);
  if (context.signal.aborted) return { ...noted(shown, [stopped.text]), ok: false, outcome: "interrupted" };
  if (late.signal.aborted)
    return { ...noted(shown, [`Command timed out after ${timeout} s and was ended.`]), ok: false, outcome: "timeout" };
  return { ...noted(shown, [failure(end), shellNote, ...(end.notes ?? [])]), ok: end.exit === 0, exit: end.exit };
}
