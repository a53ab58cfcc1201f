import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { TestClock } from "../../../../tests/transport/hub.ts";
import { newToken } from "../home/token.ts";
import { openTokens } from "./index.ts";

function house() {
  const folder = mkdtempSync(join(tmpdir(), "daimon-tokens-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new TestClock();
  const file = join(folder, "tokens.json");
  const own = {
    token: newToken(),
    file: join(folder, "token"),
    renew: (token: string) => writeFileSync(own.file, token),
  };
  const open = () => openTokens({ file, own, newToken, clock, log: () => undefined });
  return { folder, clock, file, own, open, text: () => readFileSync(file, "utf8") };
}

test("of a token its SHA-256 is kept and never the token, in a file for this user's eyes alone", () => {
  const { open, file, text } = house();
  const tokens = open();
  const { token, id } = tokens.create({ role: "operate", name: "ci", sessions: ["s1"], ttl: 60 });
  expect(token).toMatch(/^dmn_[\w-]{43}$/);
  expect(text()).not.toContain(token.slice(4, 20));
  expect(JSON.parse(text()).tokens[0]).toMatchObject({ id, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.stringify(tokens.list())).not.toMatch(/dmn_|sha256/);
  // The next daemon knows it as this one does.
  expect(open().find(token)).toMatchObject({ name: "ci", role: "operate", sessions: ["s1"] });
});

test("a token that ran out opens nothing, and what it opened is closed when it does", () => {
  const { open, clock } = house();
  const tokens = open();
  const { token } = tokens.create({ role: "observe", ttl: 30 * 24 * 3600 });
  const gone = tokens.find(token)?.gone;
  clock.pass(30 * 24 * 3600 * 1000 - 1);
  expect(gone?.aborted).toBe(false);
  expect(tokens.find(token)).toBeDefined();
  clock.pass(1);
  expect(gone?.aborted).toBe(true);
  expect(tokens.find(token)).toBeUndefined();
  expect(() => tokens.rotate(tokens.list()[1]!.id)).toThrow("has ended");
  expect(open().find(token)).toBeUndefined();
});

test("revoked and replaced, the old one is out before the answer is given, and stays out for the next daemon", () => {
  const { open, own } = house();
  const tokens = open();
  const first = tokens.create({ role: "approve", name: "ci" });
  const held = tokens.find(first.token);
  const second = tokens.rotate("ci");
  expect(held?.gone.aborted).toBe(true);
  expect(tokens.find(first.token)).toBeUndefined();
  expect(tokens.find(second.token!)).toMatchObject({ name: "ci", role: "approve" });
  const again = tokens.find(second.token!);
  tokens.revoke(first.id);
  expect(again?.gone.aborted).toBe(true);
  expect(tokens.find(second.token!)).toBeUndefined();
  expect(open().find(second.token!)).toBeUndefined();

  const owner = tokens.find(own.token);
  const renewed = tokens.rotate("owner");
  expect(owner?.gone.aborted).toBe(true);
  expect(tokens.find(own.token)).toBeUndefined();
  // It is not told: who may read it finds it in its file.
  expect(renewed).toEqual({ id: "owner", name: "owner", role: "admin", file: own.file });
  expect(tokens.find(readFileSync(own.file, "utf8"))).toMatchObject({ role: "admin" });
  expect(() => tokens.revoke("owner")).toThrow("daimon token rotate");
});

test("when it was used last is known at once, and written a minute later and not at every request", () => {
  const { open, clock, text } = house();
  const tokens = open();
  const { token } = tokens.create({ role: "observe", name: "ci" });
  const before = text();
  clock.pass(5000);
  for (let n = 0; n < 100; n++) tokens.find(token);
  expect(tokens.list()[1]).toMatchObject({ used: clock.now() });
  expect(text()).toBe(before);
  expect(clock.waiting).toBe(1);
  const used = clock.now();
  clock.pass(60_000);
  expect(JSON.parse(text()).tokens[0].used).toBe(used);
  clock.pass(1000);
  tokens.find(token);
  tokens.close();
  expect(JSON.parse(text()).tokens[0].used).toBe(clock.now());
  expect(clock.waiting).toBe(0);
});

test("no two tokens have one name, and none has a name that the log gives others", () => {
  const tokens = house().open();
  const { id } = tokens.create({ role: "observe", name: "ci" });
  for (const name of ["ci", id, "owner", "daemon"])
    expect(() => tokens.create({ role: "observe", name })).toThrow(`there is a token ${name} already`);
  tokens.revoke("ci");
  tokens.create({ role: "observe", name: "ci" });
  expect(() => tokens.revoke("nobody")).toThrow('"daimon token list" lists them');
});

test("what cannot be written changes nothing", () => {
  const { open, file, folder } = house();
  const tokens = open();
  const { token } = tokens.create({ role: "observe", name: "ci" });
  // The draft's place is taken by a folder: root too cannot write there.
  mkdirSync(`${file}.new`);
  mkdirSync(join(`${file}.new`, "x"));
  for (const change of [
    () => tokens.create({ role: "admin", name: "other" }),
    () => tokens.revoke("ci"),
    () => tokens.rotate("ci"),
  ])
    expect(change).toThrow("nothing was changed");
  expect(tokens.list().map(({ name }) => name)).toEqual(["owner", "ci"]);
  expect(tokens.find(token)?.gone.aborted).toBe(false);
  rmSync(join(folder, "tokens.json.new"), { recursive: true });
  tokens.revoke("ci");
});

test("a file that others could read, prepare or nobody can understand stops the start, in words", () => {
  const { open, file, folder } = house();
  const tokens = open();
  const { token } = tokens.create({ role: "admin" });
  expect(open().find(token)).toBeDefined();
  chmodSync(file, 0o640);
  expect(open).toThrow("others may have read");
  rmSync(file);
  const theirs = join(folder, "theirs");
  writeFileSync(theirs, '{"tokens":[]}', { mode: 0o600 });
  symlinkSync(theirs, file);
  expect(open).toThrow("is a symbolic link; move it away");
  rmSync(file);
  mkdirSync(file);
  expect(open).toThrow("is not a file");
  rmSync(file, { recursive: true });
  for (const text of ["", "{", "[]", '{"tokens":[{"id":"x","name":"x","role":"root","sha256":"0"}]}']) {
    writeFileSync(file, text, { mode: 0o600 });
    expect(open).toThrow("cannot be understood; move it away");
  }
});
