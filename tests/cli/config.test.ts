import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { house } from "./daimon.ts";

const text = `# mine
model = "offline/guide" # for now

[providers.local]
url = "http://127.0.0.1:1/v1"
key = "$LOCAL"
`;

test("config tells what is set and where, sets one thing and leaves all else as it was written", async () => {
  await using mia = await house();
  const file = join(mia.home, "config", "config.toml");
  mkdirSync(join(mia.home, "config"), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600 });
  writeFileSync(join(mia.home, "config", ".env"), "LOCAL=canary-of-a-key\n", { mode: 0o600 });
  const said = async (...words: string[]) => mia.daimon(["config", ...words]);

  expect(await said("path")).toMatchObject({ code: 0, stdout: `${file}\n` });
  expect(await said("get", "mode")).toMatchObject({ code: 0, stdout: "ask\n" });
  const all = await said("get");
  expect(all.stdout).toContain('providers.local.key = "$LOCAL"\n');
  expect(all.stdout).not.toContain("canary");

  expect(await said("set", "limits.steps", "7")).toMatchObject({ code: 0, stdout: "7\n" });
  expect(await said("set", "mode", "read-only")).toMatchObject({ code: 0, stdout: "read-only\n" });
  expect(await said("set", "limits.steps", "8")).toMatchObject({ code: 0, stdout: "8\n" });
  expect(readFileSync(file, "utf8")).toBe(
    text.replace("for now\n\n", 'for now\n\nmode = "read-only"\n') + "[limits]\nsteps = 8\n",
  );

  const before = readFileSync(file, "utf8");
  expect(await said("set", "moed", "ask")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/moed is not known; did you mean "mode"\?\n$/),
  });
  expect(await said("set", "profiles.x.tools", '["pyhton"]')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/profiles\.x\.tools\.0 is no tool: "pyhton"; did you mean "python"\?\n$/),
  });
  expect(await said("set", "limits.steps", "many")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/limits\.steps must be an integer\n$/),
  });
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(await said("get", "nothing")).toMatchObject({ stderr: expect.stringContaining("nothing is not set") });
  expect(await said("gte")).toMatchObject({ code: 2, stderr: 'daimon: config has no "gte"; did you mean "get"?\n' });
});

test("a turn is run in the way of a profile, and one that nobody has is refused with the nearest", async () => {
  await using mia = await house();
  mkdirSync(join(mia.home, "config"), { recursive: true, mode: 0o700 });
  const settings = '[profiles.guided]\nmodel = "offline/guide"\ntools = []\n';
  writeFileSync(join(mia.home, "config", "config.toml"), settings, { mode: 0o600 });
  expect(await mia.daimon(["run", "--profile", "guided", "hello"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("offline guide"),
  });
  expect(await mia.daimon(["run", "--profile", "giuded", "hello"])).toMatchObject({
    code: 2,
    stderr: 'daimon: there is no profile "giuded"; did you mean "guided"?\n',
  });
});

test("a profile is handed on without keys, and taken by somebody else who has none of that name", async () => {
  await using mia = await house();
  const folder = join(mia.home, "config");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = `${text}[profiles.careful]\nmodel = "local/m"\ntools = ["python"]\ninstructions = "Be kind."\n`;
  writeFileSync(join(folder, "config.toml"), `${own}[profiles.leak]\npersonality = "canary-of-a-key"\n`, {
    mode: 0o600,
  });
  writeFileSync(join(folder, ".env"), "LOCAL=canary-of-a-key\n", { mode: 0o600 });
  expect((await mia.daimon(["profile", "list"])).stdout).toBe("default\ncareful\nleak\n");
  const { stdout: handed } = await mia.daimon(["profile", "export", "careful"]);
  expect(handed).toContain('[profiles.careful]\nmodel = "local/m"\n');
  expect(handed).not.toContain("127.0.0.1");
  const leaking = await mia.daimon(["profile", "export", "leak"]);
  expect(leaking).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("take it out first") });
  expect(leaking.stderr).not.toContain("canary");
  expect(await mia.daimon(["profile", "export", "carefull"])).toMatchObject({
    stderr: expect.stringContaining('there is no profile "carefull"; did you mean "careful"?'),
  });
  const again = await mia.daimon(["profile", "import", "-"], { stdin: handed });
  expect(again.stderr).toContain('there is a profile "careful" already; --force replaces it');

  await using noa = await house();
  expect(await noa.daimon(["profile", "import", "-"], { stdin: handed })).toMatchObject({
    code: 0,
    stdout: "careful\n",
  });
  expect(await noa.daimon(["config", "get", "profiles.careful.instructions"])).toMatchObject({ stdout: "Be kind.\n" });
  const bad = '[profiles.x]\nmodel = "a/b"\n[providers.a]\nurl = "http://evil"\n';
  expect(await noa.daimon(["profile", "import", "-"], { stdin: bad })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("profile:3: providers may stand in your own config.toml only"),
  });
  expect((await noa.daimon(["profile", "list"])).stdout).toBe("default\ncareful\n");
});
