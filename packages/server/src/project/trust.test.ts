import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openTrust } from "./trust.ts";

function world(below: string[] = []) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "daimon-trust-")));
  onTestFinished(() => rmSync(base, { recursive: true }));
  for (const folder of ["p/.git", "p/sub", "p/lib/.git", "q"]) mkdirSync(join(base, folder), { recursive: true });
  const told: unknown[] = [];
  const file = join(base, "trusted");
  const open = () =>
    openTrust({
      folder: base,
      below: () => below.map((path) => path.replace("BASE", base)),
      log: (...all) => told.push(all),
    });
  return { base, file, open, told, trust: open() };
}

test("nothing is trusted before a person says so, and then that project by its real path, also after a restart", async () => {
  const { base, trust, open } = world();
  const root = join(base, "p");
  expect(await trust.of(join(root, "sub"))).toEqual({ folder: root, trusted: false, answered: false });
  await trust.say(root, true);
  symlinkSync("p/sub", join(base, "way"));
  for (const folder of ["p", "p/sub", "way"])
    expect(await open().of(join(base, folder))).toEqual({ folder: root, trusted: true, answered: true });
});

test("who trusts a project trusts neither what lies above it nor a repository within it", async () => {
  const { base, trust } = world();
  await trust.say(join(base, "p"), true);
  expect((await trust.of(join(base, "p/lib"))).trusted).toBe(false);
  expect((await trust.of(join(base, "q"))).trusted).toBe(false);
  expect((await trust.of(base)).trusted).toBe(false);
});

test("a folder that is replaced by a link to another is not trusted for its name", async () => {
  const { base, trust } = world();
  await trust.say(join(base, "q"), true);
  rmSync(join(base, "q"), { recursive: true });
  mkdirSync(join(base, "evil"));
  symlinkSync("evil", join(base, "q"));
  expect(await trust.of(join(base, "q"))).toEqual({ folder: join(base, "evil"), trusted: false, answered: false });
});

test("the list is for this user alone, any path can be in it, and taking a line out takes the trust back", async () => {
  const { base, file, trust } = world();
  const odd = join(base, 'a "b"\nc');
  mkdirSync(odd);
  await trust.say(join(base, "q"), true);
  await trust.say(odd, true);
  await trust.say(odd, true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect((await trust.of(odd)).trusted).toBe(true);
  writeFileSync(file, `${lines[0]}\n`);
  expect((await trust.of(odd)).trusted).toBe(false);
});

test("a list that is broken, linked elsewhere or open to others makes nobody trusted, is said, and is not written over", async () => {
  const { base, file, trust, told } = world();
  const q = join(base, "q");
  writeFileSync(file, "no JSON\n", { mode: 0o600 });
  expect((await trust.of(q)).trusted).toBe(false);
  await expect(trust.say(q, true)).rejects.toThrow("JSON");
  expect(readFileSync(file, "utf8")).toBe("no JSON\n");

  writeFileSync(file, `${JSON.stringify(q)}\n`);
  expect((await trust.of(q)).trusted).toBe(true);
  chmodSync(file, 0o666);
  expect((await trust.of(q)).trusted).toBe(false);
  await expect(trust.say(q, true)).rejects.toThrow("chmod 600");

  rmSync(file);
  writeFileSync(join(base, "theirs"), `${JSON.stringify(q)}\n`, { mode: 0o600 });
  symlinkSync("theirs", file);
  expect((await trust.of(q)).trusted).toBe(false);
  expect(told).toHaveLength(3);
});

test("what lies below a folder of the user's config is trusted, by real paths, and nothing beside it, as long as it says so", async () => {
  const below = ["BASE/way", "BASE/none"];
  const { base, trust } = world(below);
  symlinkSync("p", join(base, "way"));
  for (const [folder, trusted] of [
    ["p", true],
    ["p/lib", true],
    ["q", false],
  ] as const)
    expect((await trust.of(join(base, folder))).trusted).toBe(trusted);
  mkdirSync(join(base, "p-more"));
  expect((await trust.of(join(base, "p-more"))).trusted).toBe(false);
  below.length = 0;
  expect((await trust.of(join(base, "p"))).trusted).toBe(false);
});

test("no is remembered as yes is, by the real path and also after a restart, and each takes the other back", async () => {
  const { base, trust, open } = world(["BASE"]);
  const root = join(base, "p");
  symlinkSync("p", join(base, "way"));
  const said = async (folder: string) => {
    const { trusted, answered } = await open().of(join(base, folder));
    return { trusted, answered };
  };
  expect(await said("p")).toEqual({ trusted: true, answered: true });
  await trust.say(root, false);
  // Though the user's own config trusts all that lies around it.
  for (const folder of ["p", "p/sub", "way"]) expect(await said(folder)).toEqual({ trusted: false, answered: true });
  expect(await said("q")).toEqual({ trusted: true, answered: true });
  await trust.say(root, true);
  expect(await said("way")).toEqual({ trusted: true, answered: true });
  expect(readFileSync(join(base, "distrusted"), "utf8")).toBe("");
  await trust.say(root, false);
  expect(readFileSync(join(base, "trusted"), "utf8")).toBe("");
});

test("a project that is moved is another one, which nobody was asked about", async () => {
  const { base, trust } = world();
  await trust.say(join(base, "p"), true);
  await trust.say(join(base, "q"), false);
  renameSync(join(base, "p"), join(base, "p2"));
  renameSync(join(base, "q"), join(base, "q2"));
  for (const folder of ["p2", "q2"])
    expect(await trust.of(join(base, folder))).toMatchObject({ trusted: false, answered: false });
});

test("a list of refusals that is broken makes nobody trusted, and asks for nothing", async () => {
  const { base, trust } = world();
  await trust.say(join(base, "q"), true);
  writeFileSync(join(base, "distrusted"), "no JSON\n", { mode: 0o600 });
  expect(await trust.of(join(base, "q"))).toMatchObject({ trusted: false, answered: true });
});
