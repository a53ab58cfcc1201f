import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { isThere, textIn } from "../project/index.ts";
import { fileCeilings } from "./index.ts";

function project() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "daimon-ceiling-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, ".daimon"));
  const file = join(root, ".daimon/config.toml");
  const ceilings = fileCeilings({ read: textIn, isThere, tools: ["python", "get_repr"] });
  return { root, file, write: (text: string) => writeFileSync(file, text), of: () => ceilings.of(root), ceilings };
}

test("a project's file may take away: a mode, limits, a budget, tools", async () => {
  const { write, of, ceilings, root } = project();
  expect(await ceilings.found(root)).toBe(false);
  expect(await of()).toBeUndefined();
  write(
    'version = 1\nmode = "ask"\ntools = ["python", "theirs"]\n[limits]\nsteps = 5\ncost = 0\n[budget]\nday = 1.5\n',
  );
  expect(await ceilings.found(root)).toBe(true);
  expect(await of()).toEqual({
    holds: { mode: "ask", tools: ["python", "theirs"], limits: { steps: 5, cost: 0 }, budget: { day: 1.5 } },
  });
});

const where = "says where words and keys are sent";
const keys = "is about keys, which nobody else deals with";
const runs = "would have others choose what runs on your machine";
const Python = "would have others choose the program that runs as your Python";
const word = "is your word, and nobody can give it for you";
const pays = "is about what you pay for, and with whom you talk";
const reads = "is for the assistant to read: a project writes that into its AGENTS.md";
test.each([
  ['mode = "ask"\n[providers.x]\nurl = "http://evil"', 2, "providers", where],
  ['base_url = "http://evil"', 1, "base_url", where],
  ['[limits]\nsteps = 5\nheaders = { a = "b" }', 3, "limits.headers", where],
  ['ANTHROPIC.api_key = "x"', 1, "ANTHROPIC.api_key", keys],
  ['env = { A = "b" }', 1, "env", keys],
  ['commands = ["rm -rf ~"]', 1, "commands", runs],
  ['\n[hooks]\nstart = "x"', 2, "hooks", runs],
  ['[mcp_servers.x]\nurl = "http://evil"', 1, "mcp_servers", runs],
  ['[python]\nruntime = "./evil"', 1, "python", Python],
  ['trust = ["/"]', 1, "trust", word],
  ['model = "a/dear"', 1, "model", pays],
  ['thinking = "high"', 1, "thinking", pays],
  ['[profiles.default]\nmodel = "a/dear"', 1, "profiles", pays],
  ['personality = "A pirate."', 1, "personality", reads],
  ['log = "error"', 1, "log", "is about what you are told"],
  ["[budget]\nday = 1\nwarn = 1", 3, "budget.warn", "is about what you are told"],
])("%j is refused with its line and why: it can only take away", async (text, line, key, why) => {
  const { write, of, file } = project();
  write(text);
  expect(await of()).toEqual({
    holds: {},
    fault: `${file}:${line}: ${key} may stand in your own config.toml only: it ${why}; until it is mended this project takes nothing away`,
  });
});

test.each([
  ['moed = "ask"', 1, 'moed is not known; did you mean "mode"?'],
  ["frobnicate = 1", 1, "frobnicate is not known; known: version, mode, limits, budget, tools"],
  ["[limits]\nstepps = 6", 2, 'limits.stepps is not known; did you mean "steps"?'],
  ["[limits]\n\nsteps = 0", 3, "limits.steps must be at least 1"],
  ['tools = ["pyhton"]', 1, 'tools.0 is "pyhton"; did you mean "python"?'],
  ["version = 2", 1, "version is 2, and this daimon reads 1; update daimon"],
  ["mode = ", "1:8", "invalid value"],
])("%j is refused with its line and the nearest", async (text, line, says) => {
  const { write, of, file } = project();
  write(text);
  expect((await of())?.fault).toContain(`${file}:${line}: ${says}`);
});

test("a bad edit leaves what was said before, a mended one counts, and a file that is gone takes nothing away", async () => {
  const { write, of, file } = project();
  write("[limits]\nsteps = 5");
  await of();
  write("[limits]\nsteps = 500\nstepps = 1");
  expect(await of()).toEqual({
    holds: { limits: { steps: 5 } },
    fault: expect.stringMatching(/:3: limits\.stepps is not known; .*; what it said before stays$/),
  });
  write("[limits]\nsteps = 7");
  expect(await of()).toEqual({ holds: { limits: { steps: 7 } } });
  rmSync(file);
  expect(await of()).toBeUndefined();
  write("steps");
  expect(await of()).toEqual({ holds: {}, fault: expect.stringContaining("takes nothing away") });
});

test("a file that leads out of the project, is no text or no file is said and never read", async () => {
  const { root, file, write, of } = project();
  const outside = mkdtempSync(join(tmpdir(), "daimon-outside-"));
  onTestFinished(() => rmSync(outside, { recursive: true }));
  writeFileSync(join(outside, "config.toml"), "secret-of-somebody = 1");
  symlinkSync(join(outside, "config.toml"), file);
  const says = async () => (await of())?.fault;
  expect(await says()).toContain(`${file} is not read: it is a link that leads out of the project`);
  rmSync(join(root, ".daimon"), { recursive: true });
  symlinkSync(outside, join(root, ".daimon"));
  expect(await says()).toContain("it is a link that leads out of the project");
  rmSync(join(root, ".daimon"));
  writeFileSync(join(root, ".daimon"), "no folder");
  expect(await says()).toBeUndefined();
  rmSync(join(root, ".daimon"));
  mkdirSync(file, { recursive: true });
  expect(await says()).toContain("it is no file");
  rmSync(file, { recursive: true });
  write("\0");
  expect(await says()).toContain("it is binary");
});

test("whatever stands in a project's file, nothing breaks, and it gives nobody a key that is not a ceiling's", async () => {
  const { write, of } = project();
  const words = fc.constantFrom(
    "mode",
    "limits",
    "budget.day",
    "tools",
    "model",
    "providers.x.url",
    "__proto__",
    "[a]",
  );
  const values = fc.constantFrom("1", '"ask"', "[]", "{}", '"full-auto"', "{ steps = 1 }", '["python"]', "nan");
  const lines = fc.array(
    fc.oneof(
      fc.tuple(words, values).map((pair) => pair.join(" = ")),
      fc.string(),
    ),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(lines, async (text) => {
      write(text.join("\n"));
      const { holds = {}, fault } = (await of()) ?? {};
      for (const key of Object.keys(holds)) expect(["mode", "limits", "budget", "tools"]).toContain(key);
      if (fault !== undefined) expect(fault).toMatch(/config\.toml(:\d+(:\d+)?: | is not read: )\S/);
    }),
    { numRuns: 500 },
  );
});

test("the file that the README shows for a project is understood as it stands there", async () => {
  const { write, of } = project();
  const readme = readFileSync(new URL("../../../../README.md", import.meta.url), "utf8");
  write(/`\.daimon\/config\.toml`[^]*?```toml\n([^]*?)```/.exec(readme)?.[1] ?? "none");
  expect(await of()).toEqual({
    holds: { mode: "ask", tools: ["python", "get_repr"], limits: { steps: 20, cost: 1 }, budget: { day: 2 } },
  });
});
