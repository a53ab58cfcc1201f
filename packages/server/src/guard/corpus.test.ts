import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Judgement, Where, Prefix } from "../core/ports.ts";
import { openGuard } from "./index.ts";

/** Commands as people, models and attackers write them, and rules more generous than anybody should have. */
type Corpus = { place: Where; rules: string[] } & Record<"hostile" | "harmless" | "destructive" | "ordinary", string[]>;
const corpus = JSON.parse(readFileSync(new URL("corpus.json", import.meta.url), "utf8")) as Corpus;
const rules = corpus.rules.map((rule) => rule.split(" ") as unknown as Prefix);
const guard = openGuard();

const unasked = (judgement: Judgement): boolean => judgement.is === "plain" && guard.covers(rules, judgement.commands);

async function those(
  list: keyof Omit<Corpus, "place" | "rules">,
  wrong: (judgement: Judgement) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const command of corpus[list]) if (wrong(await guard.judge(command, corpus.place))) found.push(command);
  process.stdout.write(`guard: ${list} ${corpus[list].length}, wrong ${found.length}\n`);
  return found;
}

test("no hostile command is let through by any rule, however generous the rules are", async () => {
  expect(corpus.hostile.length).toBeGreaterThan(900);
  expect(await those("hostile", unasked)).toEqual([]);
});

test("rules let what people run all day through; what they do not is known, and is what only bash itself can tell", async () => {
  expect(corpus.harmless.length).toBeGreaterThan(370);
  expect(await those("harmless", (judgement) => !unasked(judgement))).toEqual([
    "ls *.ts",
    "cat src/*.ts",
    "wc -l src/**/*.ts",
    "git diff HEAD@{1}",
    'echo "Hello, world!"',
    'git commit -m "grün"',
    "timeout 60 npm test",
    "time npm test",
    "FORCE_COLOR=0 npm test",
    "ls # all of it",
    "npm test > out.txt",
    "git add .\ngit status",
    'grep -n "\\bfoo\\b" f',
    "echo done!",
    "ls ~/x",
    "awk '$3 > 5' f",
    'go test -count=1 -run "^TestX$" ./...',
  ]);
});

test("what cannot be taken back is called destructive, wherever in a line it stands", async () => {
  expect(corpus.destructive.length).toBeGreaterThan(450);
  expect(await those("destructive", ({ is }) => is !== "destructive")).toEqual([]);
});

test("the rule that a line asks for lets that very line run again, and nothing hostile", async () => {
  const plain: (readonly (readonly string[])[])[] = [];
  for (const command of [...corpus.harmless, ...corpus.ordinary]) {
    const judgement = await guard.judge(command, corpus.place);
    if (judgement.is === "plain") plain.push(judgement.commands);
  }
  expect(plain.length).toBeGreaterThan(450);
  expect(plain.filter((commands) => !guard.covers(guard.rulesFor(commands), commands))).toEqual([]);

  const all = plain.flatMap((commands) => guard.rulesFor(commands));
  const through: string[] = [];
  for (const command of corpus.hostile) {
    const judgement = await guard.judge(command, corpus.place);
    if (judgement.is === "plain" && guard.covers(all, judgement.commands)) through.push(command);
  }
  expect(through).toEqual([]);
});

test("in full-auto nobody is asked about ordinary work", async () => {
  expect(corpus.ordinary.length).toBeGreaterThan(260);
  expect(await those("ordinary", ({ is }) => is === "destructive" || is === "unreadable")).toEqual([]);
});
