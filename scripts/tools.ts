import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Field, fieldsOf, touchWords } from "../packages/cli/src/session/toolwords.ts";
import { tools } from "../packages/server/src/tools/index.ts";
import { linesAtMost, weightAtMost } from "../packages/server/src/tools/limits.ts";

/**
 * Writes docs/TOOLS.md from the tools themselves: `node scripts/tools.ts`. With --check nothing is written, and a page that is
 * not what would be written is an error.
 */

const file = join(import.meta.dirname, "../docs/TOOLS.md");

/** In Markdown what it is here. */
const plain = (text: string): string => text.replace(/[*_<>[\]`\\]/g, "\\$&");

const field = ({ name, type, needed, about }: Field): string =>
  `- \`${name}\` (${type}${needed ? "" : "; may be left out"})${about === "" ? "" : `: ${plain(about)}`}\n`;

const page = `# What the assistant can do

Written by \`node scripts/tools.ts\` from the tools themselves; \`daimon tools [NAME]\` tells the same of a daemon that runs. What changes
something passes policy and, where that asks, people: see [README](../README.md) and [ADR 25](adr/0025-who-let-it.md).

A result holds at most ${linesAtMost} lines or ${weightAtMost / 1024} KiB and says how to see the rest. Paths are in the session's folders: no
spelling and no link leads out of them.
${tools
  .map(
    ({ name, about, touches, repeatable, parallel, input }) => `
## ${name}

${plain(about)}

It ${touchWords(touches)}${parallel ? ", and may run beside other calls" : ""}${repeatable ? "; when nobody knows whether it ran, it runs again" : ""}.
${fieldsOf(input).length === 0 ? "" : `\n${fieldsOf(input).map(field).join("")}`}`,
  )
  .join("")}`;

if (!process.argv.includes("--check")) writeFileSync(file, page);
else if (readFileSync(file, "utf8") !== page) {
  process.stderr.write("docs/TOOLS.md is not current; run: node scripts/tools.ts\n");
  process.exitCode = 1;
}
