import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, afterAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type Answer, type Asked, failing, json, startVendor, type Vendor } from "../providers/server.ts";
import { sit } from "../terminal/pty.ts";
import { type House, house } from "./daimon.ts";

/** Keys: tried, kept for their owner's eyes alone, and never told to anybody else. */

const canary = "canary-7f3a9b-of-a-key";

let mia: House;
let vendor: Vendor;
let answer: (asked: Asked) => Answer;
const keys = () => join(mia.home, "config", ".env");

beforeAll(async () => {
  mia = await house();
  vendor = await startVendor((asked) => answer(asked));
  mkdirSync(join(mia.home, "config"), { recursive: true, mode: 0o700 });
  const tables = { anthropic: vendor.url, openrouter: `${vendor.url}/api/v1` };
  const text = Object.entries(tables).map(([name, url]) => `[providers.${name}]\nurl = "${url}"\n`);
  const acme = `[providers.acme]\nurl = "${vendor.url}/v1"\nkey = "$ACME"\n[providers.open]\nurl = "${vendor.url}/v1"\n`;
  execFileSync("chmod", ["700", mia.home]);
  writeFileSync(join(mia.home, "config", "config.toml"), text.join("") + acme, { mode: 0o600 });
});
afterAll(async () => {
  await mia[Symbol.asyncDispose]();
  await vendor.close();
});
const before = "# mine\nexport ACME='old'\nOTHER=1\nACME=older\n";
beforeEach(() => {
  answer = ({ headers }) =>
    headers.authorization === `Bearer ${canary}`
      ? json({ data: [{ id: "m", display_name: "M", type: "model" }], has_more: false })
      : failing(401, { error: { type: "authentication_error", message: `no such key: ${headers.authorization}` } });
  writeFileSync(keys(), before, { mode: 0o600 });
});

const login = (name: string, key: string) => mia.daimon(["login", name], { stdin: `${key}\n` });

test("a key that its provider takes is kept in .env, for its owner's eyes alone; what else stands there stays", async () => {
  expect(await login("anthropic", canary)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`anthropic takes the key; it is kept as ANTHROPIC_API_KEY in ${keys()}\n`),
    stderr: "",
  });
  expect(readFileSync(keys(), "utf8")).toBe(`${before}ANTHROPIC_API_KEY=${canary}\n`);
  expect(statSync(keys()).mode & 0o777).toBe(0o600);
});

test("a key that was there is replaced, wherever it stood; a provider of config.toml has the variable it names", async () => {
  expect(await login("acme", canary)).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(keys(), "utf8")).toBe(`# mine\nACME=${canary}\nOTHER=1\n`);
  // The daemon that runs has it at once.
  expect((await mia.daimon(["models"])).stdout).toMatch(/^acme\/m /m);
});

test("a key that is refused, and a provider that does not answer, change nothing", async () => {
  expect(await login("anthropic", "wrong-key-1234")).toEqual({
    code: 4,
    stdout: "",
    stderr:
      'daimon: anthropic does not accept the key (401): no such key: Bearer [key]; run "daimon login anthropic"; nothing was written\n',
  });
  answer = () => ({ status: 200, cut: 0 });
  expect(await login("acme", canary)).toMatchObject({
    code: 3,
    stdout: "",
    stderr: expect.stringMatching(/^daimon: acme .*nothing was written\n$/),
  });
  expect(readFileSync(keys(), "utf8")).toBe(before);
});

test("OpenRouter lists its models to anybody: it is asked whose key this is", async () => {
  answer = ({ path, headers }) =>
    path === "/api/v1/key" && headers.authorization !== `Bearer ${canary}`
      ? failing(401, { error: { code: 401, message: "User not found." } })
      : json({ data: [] });
  expect(await login("openrouter", "sk-or-wrong")).toMatchObject({ code: 4 });
  expect(await login("openrouter", canary)).toMatchObject({ code: 0 });
});

test("nobody is asked for a key that has no use, and what cannot be one is not tried", async () => {
  const asked = vendor.requests.length;
  const wrong = [
    await login("antropic", canary),
    await login("open", canary),
    await login("acme", " "),
    await login("acme", "two words"),
  ];
  expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  expect(wrong.map(({ stderr }) => stderr)).toEqual([
    'daimon: there is no provider "antropic"; did you mean "anthropic"?\n',
    'daimon: open takes no key; "daimon models" lists what it has\n',
    "daimon: no key was given; nothing was changed\n",
    expect.not.stringContaining("two words"),
  ]);
  expect(vendor.requests.length).toBe(asked);
});

test("a key is typed unseen, and stands nowhere but in its file", async () => {
  const person = () => {
    const one = sit({
      home: mia.home,
      cwd: mia.work,
      user: "mia",
      args: ["login", "acme"],
      env: { DAIMON_LOG: "debug" },
    });
    onTestFinished(() => one[Symbol.asyncDispose]());
    return one;
  };
  const hesitant = person();
  await hesitant.sees("key for acme (it is not shown):");
  hesitant.type(`${canary}\x03`);
  expect(await hesitant.exited).toBe(130);
  expect(readFileSync(keys(), "utf8")).toBe(before);

  const typist = person();
  await typist.sees("key for acme (it is not shown):");
  typist.type(`x\x7f\x1b[200~${canary}\x1b[201~\r`);
  await typist.sees("acme takes the key");
  expect(await typist.exited).toBe(0);
  expect(hesitant.bytes() + typist.bytes()).not.toContain(canary);
  const found = execFileSync("grep", ["-rl", canary, mia.home], { encoding: "utf8" });
  expect(found).toBe(`${keys()}\n`);
});
