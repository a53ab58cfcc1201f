import { expect, test } from "vitest";
import { readArguments, usageOf } from "./arguments.ts";
import { exits, Failure } from "./failure.ts";
import { helpFor, overview } from "./help.ts";
import { nearest } from "./nearest.ts";
import { commands } from "./table.ts";

/** What a command line is understood as, in short. */
function read(...argv: string[]) {
  const result = readArguments(argv);
  if (result.is !== "command") return result.is;
  const { command, given } = result;
  const words = command.arguments.map(({ name }) => given.word(name));
  const options = command.options.filter(({ name }) => given.flag(name)).map(({ name }) => [name, given.all(name)]);
  return { name: command.name, words, options: Object.fromEntries(options) as Record<string, string[]> };
}

function refusal(...argv: string[]): string {
  try {
    readArguments(argv);
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).exit).toBe(exits.usage);
    return (error as Failure).message;
  }
  throw new Error(`${argv.join(" ")} was understood`);
}

test("daimon alone, and daimon with options only, opens the terminal client", () => {
  expect(read()).toEqual({ name: "attach", words: [undefined], options: {} });
  expect(read("--read-only")).toEqual({ name: "attach", words: [undefined], options: { "read-only": [""] } });
});

test("options may stand before, between and behind words, in both spellings, with = or a space", () => {
  const meant = { name: "run", words: ["hi"], options: { session: ["s1"], model: ["a/b"], json: [""] } };
  expect(read("run", "-s", "s1", "--model=a/b", "--json", "hi")).toEqual(meant);
  expect(read("run", "hi", "--session", "s1", "-m", "a/b", "--json")).toEqual(meant);
});

test("an option that may be given again keeps every value", () => {
  expect(read("run", "-f", "a", "--file=b", "hi")).toMatchObject({ options: { file: ["a", "b"] } });
});

test("text that begins with - is a word behind --, and - alone always is one", () => {
  expect(read("py", "--", "-1")).toMatchObject({ words: ["-1"] });
  expect(read("py", "-")).toMatchObject({ words: ["-"] });
  expect(refusal("py", "-1")).toContain("goes after --");
});

test("--help and --version are heard wherever they make sense", () => {
  expect(read("--help")).toBe("help");
  expect(read("help")).toBe("help");
  expect(read("help", "run")).toBe("help");
  expect(read("run", "hi", "-h")).toBe("help");
  expect(read("--version")).toBe("version");
});

test("an unknown command or option is named, with the one that was probably meant", () => {
  expect(refusal("sesions")).toBe('there is no command "sesions"; did you mean "sessions"?');
  expect(refusal("frobnicate")).toContain('"daimon --help" lists all');
  expect(refusal("run", "--jsno", "x")).toContain("did you mean --json?");
  expect(refusal("run", "--frobnicate", "x")).toContain('"daimon run --help" lists all');
  expect(refusal("help", "atach")).toContain('did you mean "attach"?');
});

test("what is missing or too much is said, with how it is used", () => {
  expect(refusal("show")).toBe('"daimon show" needs SESSION; usage: daimon show [--json] SESSION');
  expect(refusal("run", "-m")).toContain("write -m MODEL");
  expect(refusal("run", "--json=yes", "x")).toContain("takes no value");
  expect(refusal("run", "what", "is", "x")).toContain("quotes");
  expect(refusal("status", "now")).toContain('does not know what to do with "now"');
});

test("every command has a file behind it, a line in the overview and a help of its own", async () => {
  for (const command of commands) {
    expect(await command.load()).toMatchObject({ command: expect.any(Function) });
    expect(overview()).toContain(`  ${command.name}`);
    const help = helpFor(command);
    expect(help).toContain(usageOf(command));
    for (const { name, about } of command.options) expect(help).toMatch(new RegExp(`--${name}.*${about.slice(0, 10)}`));
  }
});

test("a slip of the keyboard is forgiven, another word is not", () => {
  const words = ["attach", "answer", "approve", "sessions", "stop", "status"];
  expect(nearest("attcah", words)).toBe("attach");
  expect(nearest("sess", words)).toBe("sessions");
  expect(nearest("st", words)).toBeUndefined();
  expect(nearest("quit", words)).toBeUndefined();
});
