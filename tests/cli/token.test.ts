import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { house } from "./daimon.ts";

/** Giving others a way in, and taking it back. */

test("a token is made, shown once, used for what its role and sessions allow, listed, and taken back", async () => {
  await using mia = await house();
  const other = await mia.room();
  await mia.daimon(["run", "hello"]);
  await other.daimon(["run", "what mia must not see"]);
  const { sessions } = JSON.parse((await mia.daimon(["sessions", "--json"])).stdout);
  const [theirs, mine] = sessions.map(({ id }: { id: string }) => id);

  const wish = ["--role", "operate", "--session", mine.slice(0, 8), "--ttl", "30d", "--name", "ci"];
  const made = await mia.daimon(["token", "create", ...wish]);
  expect(made.stdout).toMatch(/^dmn_[\w-]{43}\n$/);
  expect(made.stderr).toMatch(
    /^daimon: this is the token ci, with the role operate in one session, until 2\d{3}-.*shown this once/,
  );
  const env = { DAIMON_TOKEN: made.stdout.trim() };

  expect((await mia.daimon(["run", "-s", mine, "again"], { env })).code).toBe(0);
  const seen = JSON.parse((await mia.daimon(["sessions", "--json"], { env })).stdout);
  expect(seen.sessions.map(({ id }: { id: string }) => id)).toEqual([mine]);
  const shut = await mia.daimon(["show", theirs.slice(0, 8)], { env });
  expect([shut.code, shut.stdout]).toEqual([2, ""]);
  expect(shut.stderr).toContain("there is no session");
  const another = await mia.daimon(["run", "--new", "hi"], { env });
  expect([another.code, another.stderr]).toEqual([4, expect.stringContaining("more than the sessions that")]);

  // The log says whose token it was.
  const shown = JSON.parse((await mia.daimon(["show", mine, "--json"])).stdout);
  const asked = shown.items.filter(({ kind }: { kind: string }) => kind === "input");
  expect(asked.map(({ by }: { by: { principal: string } }) => by.principal)).toEqual(["owner", "ci"]);

  const listed = await mia.daimon(["token", "list"]);
  expect(listed.stdout).toMatch(/owner +owner +admin +\d+s ago +never +all\n/);
  expect(listed.stdout).toMatch(new RegExp(`tok_\\w+ +ci +operate +\\d+s ago +in 29d +${mine}\n`));
  expect(listed.stdout).not.toContain("dmn_");
  expect(readFileSync(join(mia.home, "state/daemon.log"), "utf8")).not.toContain(env.DAIMON_TOKEN);

  expect((await mia.daimon(["token", "revoke", "ci"])).stdout).toContain("ci opens nothing any more");
  const refused = await mia.daimon(["show", mine], { env });
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("needs the daemon's token")]);
});

test("the home's own token is replaced, and who sits at this machine goes on", async () => {
  await using mia = await house();
  await mia.daimon(["sessions"]);
  const file = join(mia.home, "state/token");
  const before = readFileSync(file, "utf8").trim();
  const rotated = await mia.daimon(["token", "rotate"]);
  expect([rotated.code, rotated.stdout]).toEqual([0, expect.stringContaining(`is another now, in ${file}`)]);
  expect(readFileSync(file, "utf8").trim()).not.toBe(before);
  expect((await mia.daimon(["sessions"])).code).toBe(0);
  expect((await mia.daimon(["sessions"], { env: { DAIMON_TOKEN: before } })).code).toBe(4);
});

test.each([
  [["token", "create"], "say what it may do: --role observe"],
  [["token", "create", "--role", "root"], "say what it may do"],
  [["token", "create", "--role", "observe", "--ttl", "soon"], "--ttl soon is no time; write it as 30d"],
  [["token", "create", "ci", "--role", "observe"], "a name is given with --name ci"],
  [["token", "list", "--role", "observe"], "--role is for token create"],
  [["token", "revoke"], "name the token"],
  [["token", "rotat"], 'did you mean "rotate"?'],
] as const)("daimon %j is refused with what to write", async (args, says) => {
  await using mia = await house();
  const { code, stderr } = await mia.daimon([...args]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
});
