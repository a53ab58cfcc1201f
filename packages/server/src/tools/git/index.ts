import { DaimonError } from "@daimon/protocol";
import { sanitise } from "@daimon/protocol/sanitise";
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { defineTool } from "../define.ts";
import { withinTime } from "../limits.ts";
import { isWithin, quoted } from "../paths/words.ts";
import { headIn, noted } from "../programs/shown.ts";
import { checkUse, type Input, input, looks, wordsOf } from "./input.ts";
import { liesInRepository, type Repository, repositoryOf } from "./repository.ts";
import { change, look, type Said } from "./run.ts";
import { statusOf } from "./status.ts";

/** Hooks may run tests. */
const changingAtMost = 300_000;

export const git = defineTool({
  name: "git",
  about: "Look at the git repository here (status, diff, log, show, branch), or change it. For all else use bash.",
  input,
  touches: "world",
  repeatable: false,
  parallel: false,
  useful: ({ cwd }) => liesInRepository(cwd),
  touching: (given) => (looks(given) ? "nothing" : "world"),
  command: (given) => ["git", ...wordsOf(given)],
  show: (given) => ({ text: shownAs(given) }),
  preview: (given, context) => withinTime(context.signal, (signal) => preview(given, context, signal)),
  run: (given, context) => (looks(given) ? lookAt(given, context) : changeBy(given, context)),
});

/** As people would type it. */
function shownAs(given: Input): string {
  const { does, message } = given;
  if (does === "commit") return `git commit${given.all ? " --all" : ""}: ${message ?? ""}`;
  if (looks(given))
    return ["git", does, given.staged ? "--staged" : "", given.rev ?? "", ...(given.paths ?? [])]
      .filter(Boolean)
      .join(" ");
  return ["git", ...wordsOf(given)]
    .map((word) => (/^[\w./=:@~^+-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(" ");
}

const lookAt = (given: Input, context: ToolContext): Promise<ToolResult> =>
  withinTime(context.signal, async (signal) => {
    const repository = await readyFor(given, context);
    const said = await look(wordsOf(given), repository, context, signal);
    if (said.exit !== 0 && !said.more) return failed(given, said);
    const text = said.out.toString("utf8");
    if (given.does === "status") return { text: statusOf(text) };
    const shown = await headIn(sanitise(text), nothing[given.does] ?? "", context);
    return said.more ? noted(shown, ["git had more to say than is kept."]) : shown;
  });

const nothing: Partial<Record<Input["does"], string>> = {
  diff: "There is no difference.",
  log: "There is no such commit.",
  branch: "There is no branch yet.",
};

async function readyFor(given: Input, context: ToolContext): Promise<Repository> {
  checkUse(given);
  const repository = await repositoryOf(context);
  const cwd = await realpath(context.cwd);
  // Of two files elsewhere git would show the difference, wherever they lie.
  const outside = given.paths?.find((path) => !isWithin(repository.top, resolve(cwd, path)));
  if (outside !== undefined)
    throw new DaimonError("forbidden", `${quoted(outside)} lies outside of the repository ${quoted(repository.top)}.`);
  return repository;
}

async function preview(given: Input, context: ToolContext, signal: AbortSignal): Promise<ToolResult> {
  const repository = await readyFor(given, context);
  const text = shownAs(given);
  if (given.does !== "commit") return { text };
  const since = given.all ? ["HEAD"] : ["--cached"];
  const { out, exit } = await look(
    ["diff", "--no-ext-diff", "--no-color", "--stat", ...since, "--"],
    repository,
    context,
    signal,
  );
  const changes = sanitise(out.toString("utf8")).trimEnd();
  if (exit === 0 && changes === "")
    return { text: given.all ? "Nothing has changed." : "Nothing is staged: stage it with add first.", ok: false };
  return { text: `${text}\n\n${changes}` };
}

async function changeBy(given: Input, context: ToolContext): Promise<ToolResult> {
  const repository = await readyFor(given, context);
  const late = AbortSignal.timeout(changingAtMost);
  const signal = AbortSignal.any([context.signal, late]);
  try {
    const said = await change(wordsOf(given), repository, context, signal);
    if (said.exit !== 0) return failed(given, said);
    const text = [sanitise(said.out.toString("utf8")).trim(), said.err.trim()].filter(Boolean).join("\n");
    if (given.does !== "add") return await headIn(text, "Done.", context);
    return {
      text: statusOf((await look(wordsOf({ does: "status" }), repository, context, signal)).out.toString("utf8")),
    };
  } catch (error) {
    if (!late.aborted || context.signal.aborted) throw error;
    return {
      text: `git ${given.does} took longer than ${changingAtMost / 1000} s and was ended.`,
      ok: false,
      outcome: "timeout",
    };
  }
}

function failed({ does }: Input, { exit, err, out }: Said): ToolResult {
  const why = (err.trim() || sanitise(out.toString("utf8")).trim()).slice(0, 4000);
  return { text: `git ${does} failed: ${why || `it exited with code ${exit}`}`, ok: false, exit };
}
