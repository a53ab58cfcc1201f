import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { LogFile } from "../../packages/server/src/log/file.ts";
import { openLog, openRedactor } from "../../packages/server/src/log/index.ts";

let file: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "daimon-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  file = join(folder, "daemon.log");
});
const told = (level: "info" | "warn", secrets: string[] = []) => ({
  now: () => ({ level }),
  redact: openRedactor(() => secrets),
});
const lines = () =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("a line says when, how bad, what, and tells an error with its stack and its causes", () => {
  const log = openLog({ file, ...told("info") });
  log("debug", "not this");
  log("error", "it broke", { session: "s", error: new Error("outer", { cause: new TypeError("inner") }) });
  expect(lines()).toEqual([
    {
      level: "error",
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      pid: process.pid,
      session: "s",
      error: expect.stringMatching(/Error: outer[^]*log\.test\.ts[^]*caused by TypeError: inner/),
      message: "it broke",
    },
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("what cannot be JSON is told all the same", () => {
  const log = openLog({ file, ...told("info") });
  const round: Record<string, unknown> = { count: 1n };
  round["self"] = round;
  log("warn", "odd", { round });
  expect(lines()).toMatchObject([
    { level: "warn", message: "odd", fields: expect.stringMatching(/count: 1n.*Circular/) },
  ]);
});

test("only what is as bad as asked for is written", () => {
  const log = openLog({ file, ...told("warn") });
  for (const level of ["debug", "info", "warn", "error"] as const) log(level, level);
  expect(lines().map(({ message }) => message)).toEqual(["warn", "error"]);
});

test.each([
  "dmn_0123456789012345678901234567890123456789012",
  "sk-ant-api03-abcdefghijklmnopqrstuvwxyz",
  "sk-or-v1-abcdefghijklmnop",
  "AIzaSyA0123456789012345678901234567890",
  "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtaWEifQ.c2lnbmF0dXJl_-0",
  "ghp_012345678901234567890123456789",
  "xoxb-0123456789-abc",
  "AKIAIOSFODNN7EXAMPLE",
  'a value with "quotes" and \\ in the environment',
  "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
])("a secret is not written, wherever in a line it stands: %s", (secret) => {
  const log = openLog({ file, ...told("info", ['a value with "quotes" and \\ in the environment']) });
  log("info", `Authorization: ${secret}, done`, {
    [`x-${secret}`]: 1,
    deep: { header: [secret] },
    error: new Error(secret),
  });
  const text = readFileSync(file, "utf8");
  expect(text).not.toContain(secret);
  expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
  expect(lines()[0].message).toContain(", done");
});

test("a bearer token and a password in an address are not written, the words around them are", () => {
  const log = openLog({ file, ...told("info") });
  log("info", "sent Bearer abc.def-ghi/jkl to https://ann:s3cret@example.org/x and read it");
  expect(lines()[0].message).toBe("sent Bearer [redacted] to https://ann:[redacted]@example.org/x and read it");
});

test("nothing in the file acts on a terminal or reorders what it shows", () => {
  const log = openLog({ file, ...told("info") });
  log("info", "\u001b[2J\u009b31m \u202eevil\u2066 \u2028 \u007f", { "\u001b]0;title\u0007": "\r\n" });
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(readFileSync(file, "utf8").slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
  expect(lines()[0].message).toBe("\u001b[2J\u009b31m \u202eevil\u2066 \u2028 \u007f");
});

test("the log keeps one predecessor and does not grow without end", () => {
  const out = new LogFile(file, 1000);
  for (let n = 0; n < 100; n++) out.write(`${JSON.stringify({ n, filler: "x".repeat(80) })}\n`);
  expect(statSync(file).size).toBeLessThan(1200);
  expect(statSync(`${file}.1`).size).toBeLessThan(1200);
  expect(lines().at(-1).n).toBe(99);
  // A daemon that starts goes on where the last one stopped.
  new LogFile(file, 1000).write('{"n":100}\n');
  expect(lines().at(-1).n).toBe(100);
});
