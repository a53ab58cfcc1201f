import { DaimonError } from "@daimon/protocol";
import { basename, dirname, join, relative } from "node:path";
import { Type, type Static } from "typebox";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { defineTool } from "../define.ts";
import { bounded, withinTime } from "../limits.ts";
import { readable } from "../paths/flags.ts";
import { hiddenIds } from "../paths/hidden.ts";
import { openEither, openFile } from "../paths/open.ts";
import { isWithin, listed, quoted } from "../paths/words.ts";
import { resultNamed } from "../results.ts";
import { ignoresAbove } from "../walk/above.ts";
import type { Answer, Match, Task } from "../walk/task.ts";
import { inThread } from "../walk/thread.ts";
import { chunksOf, linesIn } from "./lines.ts";
import { type Query, regexOf } from "./pattern.ts";
import { askRipgrep, ripgrepOn, type Search } from "./ripgrep.ts";

const usual = 100;
const most = 1000;
const contextAtMost = 20;
const filesAtOnce = 16;

const input = Type.Object(
  {
    pattern: Type.String({ minLength: 1, maxLength: 1000, description: "A regular expression, within one line" }),
    path: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: "A folder or file, or result:12" })),
    glob: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: "Only files like *.ts, src/**, !*.md" }),
    ),
    ignoreCase: Type.Optional(Type.Boolean({ description: "Letters of any case" })),
    literal: Type.Optional(Type.Boolean({ description: "The pattern is plain text" })),
    context: Type.Optional(Type.Integer({ minimum: 0, maximum: contextAtMost, description: "Lines around each" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: most, description: `Matching lines, else ${usual}` })),
  },
  { additionalProperties: false },
);

export const grep = grepWith(() => process.env["PATH"]);

/** With ripgrep where it is on the path, else by ourselves: what is found is the same. */
export function grepWith(path: () => string | undefined) {
  return defineTool({
    name: "grep",
    about: "Search text files for lines that match. .gitignore counts.",
    input,
    touches: "nothing",
    repeatable: true,
    parallel: true,
    show: ({ pattern, path: place = ".", glob }) => ({
      text: `grep ${quoted(pattern)} in ${quoted(place)}${glob === undefined ? "" : `, ${quoted(glob)}`}`,
    }),
    run: (wanted, context) => withinTime(context.signal, (signal) => search(wanted, context, signal, path())),
  });
}

async function search(
  wanted: Static<typeof input>,
  context: ToolContext,
  signal: AbortSignal,
  programs: string | undefined,
): Promise<ToolResult> {
  const { path = ".", glob, limit = usual, context: around = 0 } = wanted;
  const query: Query = {
    pattern: wanted.pattern,
    literal: wanted.literal === true,
    ignoreCase: wanted.ignoreCase === true,
  };
  check(query);
  const kept = await resultNamed(context, path);
  if (kept) return searchResult({ path, text: kept, query, limit, around }, signal);
  using top = await openEither(context, path);
  const { real } = top.place;
  const isFile = top.kind === "file";
  const folder = isFile ? dirname(real) : real;
  const above = isFile ? [] : ignoresAbove(top.place);
  const place: Search = {
    cwd: folder,
    target: isFile ? `./${basename(real)}` : "./",
    query,
    glob,
    without: context.hidden
      .filter((own) => own !== folder && isWithin(folder, own))
      .map((own) => relative(folder, own)),
    above: above.length > 0,
    limit,
  };
  const task: Task = {
    top: readable(top.fd, real),
    isFile,
    above,
    hidden: hiddenIds(context.hidden),
    glob,
    query,
    limit,
  };
  const rg = ripgrepOn(programs, [...context.roots, top.place.root]);
  const answer = (rg && (await askRipgrep(rg, place, context, signal))) || (await inThread(task, signal));
  return await shown(answer, { folder, isFile: isFile ? basename(real) : undefined, around, limit }, context, signal);
}

type Kept = { path: string; text: Buffer; query: Query; limit: number; around: number };

/** In a thread too: an expression may take as long as it likes. */
async function searchResult({ path, text, query, limit, around }: Kept, signal: AbortSignal): Promise<ToolResult> {
  const file = { top: "", isFile: true, above: [], hidden: new Set<string>(), glob: undefined };
  const { matches, more } = await inThread({ ...file, text, query, limit }, signal);
  const [match] = matches;
  const rows = match ? [path, ...(await rowsOf([text], match.lines, around, signal))] : [];
  return told(rows, more ? [tooMany(limit)] : []);
}

function check(query: Query): void {
  try {
    regexOf(query);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : String(error);
    throw new DaimonError("invalid", `The pattern is no regular expression: ${why}. Mend it, or set literal.`);
  }
}

type Shown = { folder: string; isFile: string | undefined; around: number; limit: number };

/** The lines as they stand in the files now, each file under its name. */
async function shown(answer: Answer, how: Shown, context: ToolContext, signal: AbortSignal): Promise<ToolResult> {
  const { matches, more, unreadable } = answer;
  const notes =
    unreadable.length > 0
      ? [
          `${unreadable.length} could not be read: ${unreadable
            .slice(0, 3)
            .map((path) => quoted(path || "."))
            .join(", ")}.`,
        ]
      : [];
  const rows: string[] = [];
  for (let at = 0; at < matches.length; at += filesAtOnce) {
    signal.throwIfAborted();
    const some = matches.slice(at, at + filesAtOnce).map((match) => rowsOfFile(match, how, context, signal));
    rows.push(...(await Promise.all(some)).flat());
  }
  return told(rows, more ? [...notes, tooMany(how.limit)] : notes);
}

const tooMany = (limit: number) =>
  `More than ${limit} lines match: look in a smaller folder, give a glob or a larger limit.`;

function told(rows: readonly string[], notes: readonly string[]): ToolResult {
  if (rows.length === 0) return { text: ["No line matches.", ...notes].join(" ") };
  return bounded(rows, (count) =>
    [...(count < rows.length ? ["The rest is left out: look for less at once."] : []), ...notes].join(" "),
  );
}

async function rowsOfFile(
  { path, lines }: Match,
  how: Shown,
  context: ToolContext,
  signal: AbortSignal,
): Promise<string[]> {
  const whole = join(how.folder, how.isFile ?? path);
  const name = relative(context.cwd, whole);
  try {
    using file = await openFile({ ...context, cwd: how.folder }, whole);
    const rows = await rowsOf(chunksOf(file), lines, how.around, signal);
    return rows.length > 0 ? [listed(name.startsWith("..") ? whole : name), ...rows] : [];
  } catch (error) {
    // It has gone since, or may not be read after all: then it shows nothing.
    if (error instanceof DaimonError) return [];
    throw error;
  }
}

/** The lines behind their numbers, with those around them. */
async function rowsOf(
  chunks: Parameters<typeof linesIn>[0],
  lines: readonly number[],
  besides: number,
  signal: AbortSignal,
): Promise<string[]> {
  const matching = new Set(lines);
  const wanted = new Set(lines.flatMap((line) => around(line, besides)));
  const rows: string[] = [];
  let before = 0;
  for (const [line, text] of [...(await linesIn(chunks, wanted, signal))].toSorted(([a], [b]) => a - b)) {
    if (besides > 0 && before > 0 && line > before + 1) rows.push("--");
    rows.push(`${line}${matching.has(line) ? ":" : "-"} ${text}`);
    before = line;
  }
  return rows;
}

const around = (line: number, lines: number): number[] =>
  Array.from({ length: 2 * lines + 1 }, (_, index) => line - lines + index).filter((number) => number > 0);
