import { DaimonError } from "@daimon/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { understood } from "./load.ts";
import { providersOf } from "./providers.ts";
import { ConfigFile } from "./schema.ts";

/** A file that uses everything, in each way in which TOML can be written. */
const whole = `# mine
version = 1
model = "anthropic/claude"
mode = "ask" # not more
log = 'debug'
trust = ["~/code", "/srv"]

[python]
runtime = "pyodide"

[limits]
steps = 10
cost = 2.5
ms = 1_000

[budget]
day = 5
warn = 0.8

[patience]
first = 60_000

[http]
listen = "127.0.0.1:8080"
origins = ["http://localhost:3000"]
cert = "/c.pem"
key = "/k.pem"
rate = 100

[sandbox]
driver = "bwrap"
network = ["pypi.org", "*.example.com:8443"]
memory = 4096
pids = 500

[providers.local]
url = "http://127.0.0.1:1234/v1"
key = "$LOCAL"
headers = { "x-team" = "a", authorization = "Bearer $LOCAL" }
[providers."a.b"]
speaks = "anthropic"
[providers."a.b".headers]
x-a = """\\
many \\
lines"""

[profiles.careful]
model = "local/m"
thinking = "high"
temperature = 0.5
maxTokens = 1000
instructions = '''
Never use tabs.
'''
tools = [
  "get_repr",
  "python",
]
[profiles.careful.limits]
steps = 3
`;

const letters = fc.oneof(
  fc.nat({ max: 42 }).map((at) => "[]{}=\"'.,#$\\\n\r\t \0\u007f\ud800é-+_0:eaE*/~".charAt(at)),
  fc.constantFrom("😀", "__proto__", '"""', "[[", "]]"),
);
const places = fc.nat({ max: whole.length });
/** One thing that a hand or a program may do to a text. */
const slip = fc.oneof(
  fc.tuple(places, letters).map(
    ([at, letter]) =>
      (text: string) =>
        text.slice(0, at) + letter + text.slice(at),
  ),
  fc.tuple(places, fc.nat({ max: 20 })).map(
    ([at, many]) =>
      (text: string) =>
        text.slice(0, at) + text.slice(at + many),
  ),
  fc.tuple(places, fc.string()).map(
    ([at, words]) =>
      (text: string) =>
        text.slice(0, at) + words + text.slice(at + words.length),
  ),
  fc.tuple(fc.nat(50), fc.nat(50)).map(([from, to]) => (text: string) => {
    const lines = text.split("\n");
    const [line = ""] = lines.splice(from % lines.length, 1);
    return lines.toSpliced(to % lines.length, 0, line).join("\n");
  }),
  fc
    .tuple(fc.nat(50), fc.constantFrom("5", "true", '"x"', "[]", "{}", "1979-05-27", "nan", "-1", "99999999999999999"))
    .map(([at, value]) => (text: string) => {
      const lines = text.split("\n");
      const line = at % lines.length;
      return lines.with(line, (lines[line] ?? "").replace(/=.*/, `= ${value}`)).join("\n");
    }),
  places.map((at) => (text: string) => text.slice(0, at)),
);

test("the whole file is understood, and nothing that a file may say is missing in it", () => {
  expect(Object.keys(understood("f", whole)).toSorted()).toEqual(Object.keys(ConfigFile.properties).toSorted());
});

test("of 10,000 files with slips in them none breaks anything, and what is wrong with one is said with its line", () => {
  let wrong = 0;
  fc.assert(
    fc.property(fc.array(slip, { minLength: 1, maxLength: 4 }), (slips) => {
      const text = slips.reduce((before, slipped) => slipped(before), whole);
      try {
        const servers = { baseURL: "http://x" };
        const all = { openrouter: servers, ollama: servers, lmstudio: servers, llamacpp: servers, vllm: servers };
        providersOf(understood("config.toml", text).providers ?? {}, {}, all);
      } catch (error) {
        if (!(error instanceof DaimonError)) throw error;
        wrong++;
        const [, line = "0"] = /^config\.toml:(\d+)(?::\d+)?: \S/.exec(error.message) ?? [];
        expect(Number(line), error.message).toBeGreaterThan(0);
        expect(Number(line), error.message).toBeLessThanOrEqual(text.split("\n").length);
      }
    }),
    { numRuns: 10_000 },
  );
  // Most slips are mistakes: otherwise this would say little.
  expect(wrong).toBeGreaterThan(4000);
});
