import type { BigIntStats, Dirent } from "node:fs";
import { lstat, opendir, readlink } from "node:fs/promises";
import { Type } from "typebox";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { defineTool } from "../define.ts";
import { bounded, sized, withinTime } from "../limits.ts";
import { readable } from "../paths/flags.ts";
import { openFolder } from "../paths/open.ts";
import { listed, quoted, troubleWith } from "../paths/words.ts";

const usual = 500;
const most = 2000;
/** More are not even looked at. */
const namesAtMost = 20_000;

export const ls = defineTool({
  name: "ls",
  about: "List a folder: folders end in /, files show their size.",
  input: Type.Object(
    {
      path: Type.Optional(
        Type.String({ minLength: 1, maxLength: 4096, description: "The folder; else the session's" }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: most, description: `Names at most, else ${usual}` })),
    },
    { additionalProperties: false },
  ),
  touches: "nothing",
  repeatable: true,
  parallel: true,
  show: ({ path = "." }) => ({ text: `ls ${quoted(path)}` }),
  run: (input, context) => withinTime(context.signal, (signal) => list(input, context, signal)),
});

type Wanted = { path?: string; limit?: number };

async function list(
  { path = ".", limit = usual }: Wanted,
  context: ToolContext,
  signal: AbortSignal,
): Promise<ToolResult> {
  using folder = await openFolder(context, path);
  const at = readable(folder.fd, folder.place.real);
  const entries: Dirent[] = [];
  let more = false;
  try {
    for await (const entry of await opendir(at)) {
      signal.throwIfAborted();
      more = entries.length === namesAtMost;
      if (more) break;
      entries.push(entry);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw troubleWith(path, error);
  }
  if (entries.length === 0) return { text: `(${quoted(path)} is empty)` };
  const shown = entries.toSorted(byName).slice(0, limit);
  const rows = await Promise.all(shown.map((entry) => rowOf(at, entry)));
  const all = more ? `more than ${namesAtMost}` : entries.length;
  return bounded(rows, (count) =>
    count < entries.length ? `${count} of ${all} names. See the others with find, or with a larger limit.` : "",
  );
}

/** As people look for them: letters before case. */
function byName({ name: a }: Dirent, { name: b }: Dirent): number {
  const [low, high] = [a.toLowerCase(), b.toLowerCase()];
  if (low !== high) return low < high ? -1 : 1;
  return a < b ? -1 : 1;
}

async function rowOf(at: string, entry: Dirent): Promise<string> {
  const name = listed(entry.name);
  if (entry.isDirectory()) return `${name}/`;
  if (entry.isSymbolicLink()) return `${name} -> ${listed(await readlink(`${at}/${entry.name}`).catch(() => "?"))}`;
  // It may have gone since.
  const stats = await lstat(`${at}/${entry.name}`, { bigint: true }).catch(() => undefined);
  return stats ? `${name}  ${kindOf(stats)}` : name;
}

function kindOf(stats: BigIntStats): string {
  if (stats.isFile()) return sized(Number(stats.size));
  return stats.isFIFO() ? "(pipe)" : stats.isSocket() ? "(socket)" : "(device)";
}
