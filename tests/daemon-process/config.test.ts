import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { fileIn, homeOf } from "../../packages/protocol/src/client/folders.ts";
import { loadConfig } from "../../packages/server/src/config/index.ts";

let home: ReturnType<typeof homeOf>;
let file: string;
beforeEach(() => {
  const base = mkdtempSync(join(tmpdir(), "daimon-config-"));
  onTestFinished(() => rmSync(base, { recursive: true }));
  home = homeOf({ DAIMON_HOME: base });
  file = fileIn.config(home);
  mkdirSync(home.config);
});
const write = (text: string | Buffer) => writeFileSync(file, text, { mode: 0o600 });

test("without a file there are defaults that need no key and ask before anything is changed", () => {
  expect(loadConfig(home, {})).toEqual({
    version: 1,
    model: "offline/guide",
    mode: "ask",
    log: "info",
    python: { runtime: "pyodide" },
    limits: {},
    budget: { warn: 0.8 },
    patience: {},
    providers: {},
    profiles: {},
    trust: [],
    http: { origins: [], rate: 1000 },
    sandbox: expect.objectContaining({ driver: "auto" }),
  });
});

test("the file is below the environment, and the environment below the arguments", () => {
  write(
    'model = "a/file"\nlog = "warn"\nmode = "read-only"\n[python]\nruntime = "/usr/bin/python3"\n[limits]\nsteps = 5\n',
  );
  expect(loadConfig(home, {})).toMatchObject({
    model: "a/file",
    log: "warn",
    mode: "read-only",
    python: { runtime: "/usr/bin/python3" },
    limits: { steps: 5 },
  });
  const env = { DAIMON_MODEL: "a/env", DAIMON_LOG: "error" };
  expect(loadConfig(home, env)).toMatchObject({ model: "a/env", log: "error", mode: "read-only" });
  expect(loadConfig(home, env, { model: "a/flag", log: "debug" })).toMatchObject({ model: "a/flag", log: "debug" });
  // Set to nothing is not set.
  expect(loadConfig(home, { DAIMON_MODEL: "", DAIMON_LOG: "" })).toMatchObject({ model: "a/file", log: "warn" });
});

test("nothing can change it once it is read", () => {
  const config = loadConfig(home, {});
  expect(Object.isFrozen(config) && Object.isFrozen(config.limits) && Object.isFrozen(config.python)).toBe(true);
});

test.each([
  ['modle = "x"', 1, 'modle is not known; did you mean "model"?'],
  ["\n\nfrobnicate = 1", 3, "frobnicate is not known; known: version, model, mode, log, python, limits"],
  ['# a\nmode = "sometimes"', 2, 'mode must be one of "read-only", "ask", "auto-edit", "full-auto"'],
  ["model = 5", 1, "model must be a string"],
  ['model = ""', 1, "model must not be empty"],
  ["[limits]\nsteps = 5\nstepps = 6", 3, 'limits.stepps is not known; did you mean "steps"?'],
  ["model = 'x'\n[limits]\n\nsteps = 0", 4, "limits.steps must be at least 1"],
  ["[budget]\nday = 0", 2, "budget.day must be at least 0.01"],
  ["[budget]\nday = '5 dollars'", 2, "budget.day must be a number"],
  ["[budget]\nday = 5\nwarn = 80", 3, "budget.warn must be at most 1"],
  ["limits.steps = 1.5", 1, "limits.steps must be an integer"],
  ['[python]\n"runtim" = "x"', 2, 'python.runtim is not known; did you mean "runtime"?'],
  ["python = { runtime = 3 }", 1, "python.runtime must be a string"],
  ["model = 'a'\n[[limits]]\nsteps = 1", 2, "limits must be an object"],
  ["[providers.work]\nurl = 'http://x'\nulr = 1", 3, 'providers.work.ulr is not known; did you mean "url"?'],
  ["[providers.work]\nspeaks = 'openai-chat'", 1, 'providers.work needs "url", the address of its server'],
  [
    "[providers.work]\n\nurl = 'ftp://x'",
    3,
    "providers.work.url must be an address that begins with http:// or https://",
  ],
  ["[providers.work]\nurl = 'http://me:pw@x'", 2, "providers.work.url must be an address that begins with"],
  ["[providers.Work]\nurl = 'http://x'", 1, "providers.Work is no name for a provider"],
  ["[providers.offline]\nurl = 'http://x'", 1, "providers.offline is the guide that comes with daimon"],
  ["[providers.openai]\nkey = 'abc'", 2, 'providers.openai.key must name a variable, like "$MY_KEY"; the key itself'],
  ["[providers.openai]\ntellsCost = true", 2, "providers.openai.tellsCost is for servers that speak openai-chat"],
  ["[providers.openai.headers]\nx-api-key = 'abc'", 2, "providers.openai.headers.x-api-key must name a variable"],
  ["[providers.openai.headers]\n'x y' = 'abc'", 2, "providers.openai.headers.x y is no header that can be sent"],
  ['trust = ["work"]', 1, "trust.0 must be a whole path, from / or ~/"],
  ['[http]\norigins = ["localhost:3000"]', 2, "http.origins.0 must be an origin as browsers name it"],
  ['[http]\ncert = "cert.pem"', 2, "http.cert must be a whole path, from /"],
  ['[http]\nlisen = "127.0.0.1:0"', 2, 'http.lisen is not known; did you mean "listen"?'],
  ["[profiles.x]\ntemprature = 1", 2, 'profiles.x.temprature is not known; did you mean "temperature"?'],
  ["[profiles.x]\ntemperature = 3", 2, "profiles.x.temperature must be at most 2"],
  ["[profiles.'a b']\nmodel = 'x'", 1, "profiles.a b is no name for a profile; take letters, digits, dots, hyphens"],
  [
    "[providers.'a.b']\nurl = 'http://x'\n[providers.'a.b'.headers]\n'x y' = 'a'",
    4,
    "providers.a.b.headers.x y is no header",
  ],
  ["[[profiles.x]]", 1, "profiles.x must be an object"],
  ["version = 0", 1, "version must be at least 1"],
  ["version = '1'", 1, "version must be an integer"],
  ["novelty = 1\nversion = 2", 2, "version is 2, and this daimon reads 1; update daimon"],
  ["a.b.c = 1", 1, "a is not known; known: version, model, mode, log, python, limits"],
])("%j is refused with the line and what is wrong", (text, line, sentence) => {
  write(text);
  expect(() => loadConfig(home, {})).toThrow(`${file}:${line}: ${sentence}`);
});

test.each([
  ["model = ", 1, 9],
  ['a = 1\n[x\nb = "c"', 2, 3],
  ["model = 'a'\nmodel = 'b'", 2, 1],
  ['model = "a', 1, 9],
])("%j is no TOML: the line and the column are named", (text, line, column) => {
  write(text);
  expect(() => loadConfig(home, {})).toThrow(new RegExp(`^${file}:${line}:${column}: \\S`));
});

test("a file that others can write, that is no text or that cannot be read is refused", () => {
  write("model = 'a'");
  chmodSync(file, 0o666);
  expect(() => loadConfig(home, {})).toThrow(`others can write ${file}; run: chmod go-w '${file}'`);
  chmodSync(file, 0o644);
  expect(loadConfig(home, {}).model).toBe("a");
  write(Buffer.from([0x61, 0xff, 0xfe]));
  expect(() => loadConfig(home, {})).toThrow(`${file} is not UTF-8 text`);
  rmSync(file);
  mkdirSync(file);
  expect(() => loadConfig(home, {})).toThrow(`${file} is not a file; move it away`);
});

test("the settings that the README shows are understood as they stand there", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  write(/## Configuration[^]*?```toml\n([^]*?)```/.exec(readme)?.[1] ?? "none");
  expect(loadConfig(home, {})).toMatchObject({ mode: "ask", profiles: { careful: { temperature: 0.2 } } });
});

test("a log level that is none is refused, and where it was said is named", () => {
  const sentence = 'must be one of "debug", "info", "warn", "error"';
  expect(() => loadConfig(home, { DAIMON_LOG: "loud" })).toThrow(`DAIMON_LOG is "loud", but ${sentence}`);
  expect(() => loadConfig(home, {}, { log: "loud" })).toThrow(`--log is "loud", but ${sentence}`);
});
