import { join, relative } from "node:path";
import { Type } from "typebox";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { defineTool } from "../define.ts";
import { bounded, withinTime } from "../limits.ts";
import { readable } from "../paths/flags.ts";
import { hiddenIds } from "../paths/hidden.ts";
import { openFolder } from "../paths/open.ts";
import { isWithin, listed, quoted } from "../paths/words.ts";
import { ignoresAbove } from "../walk/above.ts";
import { inThread } from "../walk/thread.ts";

const usual = 1000;
const most = 2000;

export const find = defineTool({
  name: "find",
  about: "Find files and folders by a glob: *.ts at any depth, src/*.ts only there. .gitignore counts.",
  input: Type.Object(
    {
      pattern: Type.String({ minLength: 1, maxLength: 500, description: "With {a,b} and **" }),
      path: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: "The folder" })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: most, description: `Names at most, else ${usual}` })),
    },
    { additionalProperties: false },
  ),
  touches: "nothing",
  repeatable: true,
  parallel: true,
  show: ({ pattern, path = "." }) => ({ text: `find ${quoted(pattern)} in ${quoted(path)}` }),
  run: (input, context) => withinTime(context.signal, (signal) => look(input, context, signal)),
});

type Wanted = { pattern: string; path?: string; limit?: number };

async function look(wanted: Wanted, context: ToolContext, signal: AbortSignal): Promise<ToolResult> {
  const { pattern, path = ".", limit = usual } = wanted;
  using folder = await openFolder(context, path);
  const { real } = folder.place;
  const task = {
    top: readable(folder.fd, real),
    isFile: false,
    above: ignoresAbove(folder.place),
    hidden: hiddenIds(context.hidden),
    glob: pattern,
    query: undefined,
    limit,
  };
  const { matches, more, unreadable } = await inThread(task, signal);
  const notes =
    unreadable.length > 0 ? [`${unreadable.length} could not be read, such as ${quoted(unreadable[0] || ".")}.`] : [];
  if (matches.length === 0) return { text: [`Nothing is named so in ${quoted(path)}.`, ...notes].join(" ") };
  // As they are given to other tools.
  const names = matches.map((match) =>
    listed(isWithin(context.cwd, real) ? join(relative(context.cwd, real), match.path) : join(real, match.path)),
  );
  return bounded(names, (count) =>
    [
      ...(more || count < names.length ? [`The first ${count}: look in a smaller folder for the others.`] : []),
      ...notes,
    ].join(" "),
  );
}
