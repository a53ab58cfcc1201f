import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Where } from "../core/ports.ts";
import { openGuard } from "./index.ts";

/**
 * The guard's word against bash's own. No program is ever run: none is on the PATH, the builtins are switched off, and what bash
 * does not find is written down instead, with its words.
 */

const folder = mkdtempSync(join(tmpdir(), "guard-"));
afterAll(() => rmSync(folder, { recursive: true }));
const place: Where = { cwd: folder, roots: [folder], home: "/home/ann" };
const guard = openGuard();

const recorder = String.raw`
exec 8<&0 7>"$RAN"
PATH=/nonexistent HOME=/home/ann
off=
for name in $(compgen -b); do case $name in enable|eval|exec|return) ;; *) off+=" $name";; esac; done
command_not_found_handle() { enable printf; printf '%s\0' "$#" "$@" >&7; return "$STATUS"; }
while enable read; IFS= read -r -d '' line <&8; do
  for STATUS in 0 1; do
    enable -n $off
    eval -- "$line" </dev/null >/dev/null 2>&1
    enable printf
    printf 'end\0' >&7
  done
done`;

/** What bash runs for each line: once as if all went well, once as if nothing did. */
function ranBy(lines: readonly string[]): string[][][] {
  const file = join(folder, ".ran");
  const { stderr } = spawnSync("bash", ["--noprofile", "--norc", "-c", recorder], {
    cwd: folder,
    env: { RAN: file },
    input: lines.map((line) => `${line}\0`).join(""),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  const told = readFileSync(file, "utf8").split("\0");
  let at = 0;
  return lines.map(() => {
    const commands: string[][] = [];
    for (let rounds = 0; rounds < 2;) {
      const next = told[at++];
      if (next === undefined) throw new Error("bash stopped before the last line");
      if (next === "end") rounds++;
      else commands.push(told.slice(at, (at += Number(next))));
    }
    return commands;
  });
}

/** Each command once, in any order: those of a pipe run beside each other. */
const once = (commands: readonly (readonly string[])[]): string[] =>
  [...new Set(commands.map((words) => JSON.stringify(words)))].toSorted();

/** Of these lines, those that the guard calls plain and what it says they run. Nothing else is given to bash. */
async function plainOf(lines: readonly string[]): Promise<{ line: string; commands: string[] }[]> {
  const found: { line: string; commands: string[] }[] = [];
  for (const line of lines) {
    const judgement = await guard.judge(line, place);
    // Bash would really look for a program with a path.
    if (judgement.is !== "plain" || judgement.commands.some(([name = ""]) => name.includes("/"))) continue;
    found.push({ line, commands: once(judgement.commands) });
  }
  return found;
}

async function agree(lines: readonly string[]): Promise<number> {
  const plain = await plainOf(lines);
  const ran = ranBy(plain.map(({ line }) => line));
  expect(plain.map(({ line }, at) => ({ line, commands: once(ran[at] ?? []) }))).toEqual(plain);
  return plain.length;
}

const corpus = JSON.parse(readFileSync(new URL("corpus.json", import.meta.url), "utf8")) as Record<string, string[]>;

test("what the guard calls plain in the corpus, bash runs word for word and nothing else", async () => {
  const all = ["hostile", "harmless", "ordinary"].flatMap((list) => corpus[list] ?? []);
  expect(await agree(all)).toBeGreaterThan(300);
}, 60_000);

const letter = fc.constantFrom(..."abcxyzABC019_@%+:,./-= $`\"'\\*?[]{}~!#&|;<>()^".split(""));
// An option may be asked about for what it does; here it is about reading.
const text = fc.string({ unit: letter, maxLength: 12 }).filter((word) => !word.startsWith("-"));
/** One way to write these words so that bash reads just them. */
const quoted = (word: string): fc.Arbitrary<string> => {
  const single = `'${word.replaceAll("'", `'"'"'`)}'`;
  const ways = [single];
  if (/^[^"$`\\!]*$/.test(word)) ways.push(`"${word}"`);
  if (/^[\w@%+:,./-]+$/.test(word)) ways.push(word, word);
  const halves = fc
    .integer({ min: 1, max: Math.max(1, word.length - 1) })
    .chain((cut) => fc.tuple(quoted(word.slice(0, cut)), quoted(word.slice(cut))).map((parts) => parts.join("")));
  return word.length > 1
    ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ways) }, halves)
    : fc.constantFrom(...ways);
};
const command = fc
  // The grammar takes if"q" for an unfinished condition: asked about, and no harm.
  .tuple(fc.stringMatching(/^[xyz]{1,3}q$/), fc.array(text, { maxLength: 4 }))
  .map(([name, rest]) => [name, ...rest]);
const spaces = fc.constantFrom(" ", "  ");
const operator = fc.constantFrom("&&", "||", ";", "|", " && ", " || ", " ; ", " | ");
const redirect = fc.constantFrom("", "", "", " 2>/dev/null", " >/dev/null", " >/dev/null 2>&1", " </dev/null", " >&2");
const written = command.chain((words) =>
  fc
    .tuple(fc.tuple(...words.map(quoted)), spaces, redirect)
    .map(([parts, space, end]) => ({ words, line: parts.join(space) + end })),
);
const lines = fc.array(fc.tuple(written, operator), { minLength: 1, maxLength: 5 }).map((parts) => ({
  commands: parts.map(([{ words }]) => words),
  line: parts.map(([{ line }, between], at) => (at === 0 ? line : between + line)).join(""),
}));

test("words quoted in any way are the words that bash reads, and the guard reads them so too", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(lines, { minLength: 40, maxLength: 40 }), async (many) => {
      for (const { line, commands } of many)
        expect({ line, ...(await guard.judge(line, place)) }).toEqual({ line, is: "plain", commands });
      const ran = ranBy(many.map(({ line }) => line));
      expect(ran.map(once)).toEqual(many.map(({ commands }) => once(commands)));
    }),
    { numRuns: 10 },
  );
}, 60_000);

/** No slash but of /dev/null, no name of a program: whatever bash makes of these, it harms nothing. */
const scraps =
  "a|b|aq|-c|1|2|if|then|fi|time|!|{|}|(|)|[[|]]|in|do|done|case|esac|for|$|$x|${x}|$(|`|'|\"|\\|\\\n|\n|\t|;|&|&&|;;|<|>|>>|2>&1|>&|/dev/null|#|~|=|a=b|+=|*|?|[|]|,|..|^|%|@|:|.|<<a|<<<|$'|$\"|é|\u00a0|\r| | | | | | ".split(
    "|",
  );
const scrap = fc.oneof(fc.constantFrom(...scraps), fc.constantFrom("||", "|", "|&", "&&", "'b c'", '"b c"', "''"));
const rubbish = fc.array(scrap, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(""));

test("of any rubbish, what the guard calls plain is run by bash as just these commands", async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(rubbish, { minLength: 400, maxLength: 400 }), async (many) => {
      plain += await agree(many);
    }),
    { numRuns: 10, endOnFailure: true },
  );
  expect(plain).toBeGreaterThan(100);
}, 60_000);

const strange = fc.constantFrom(
  ..."$`\"'\\*?[]{}~!#&|;<>()^=- \n\t%@:,.".split(""),
  "$(",
  "\\\n",
  "<<<",
  "$'",
  "2>",
  ">&",
  "&>",
);
const changed = fc
  .tuple(fc.constantFrom(...(corpus["harmless"] ?? [])), strange, fc.nat(), fc.nat({ max: 2 }))
  .map(([line, put, where, gone]) => {
    const at = where % (line.length + 1);
    return line.slice(0, at) + put + line.slice(at + gone);
  });

test("of a harmless line with one thing changed in it, too", async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(changed, { minLength: 300, maxLength: 300 }), async (many) => {
      plain += await agree(many);
    }),
    { numRuns: 5, endOnFailure: true },
  );
  expect(plain).toBeGreaterThan(200);
}, 60_000);
