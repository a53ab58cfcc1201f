import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
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
    openTrust({ file, below: () => below.map((path) => path.replace("BASE", base)), log: (...all) => told.push(all) });
  return { base, file, open, told, trust: open() };
}

test("nothing is trusted before a person says so, and then that project by its real path, also after a restart", async () => {
  const { base, trust, open } = world();
  const root = join(base, "p");
  expect(await trust.of(join(root, "sub"))).toEqual({ folder: root, trusted: false });
  await trust.add(root);
  symlinkSync("p/sub", join(base, "way"));
  for (const folder of ["p", "p/sub", "way"])
    expect(await open().of(join(base, folder))).toEqual({ folder: root, trusted: true });
});

test("who trusts a project trusts neither what lies above it nor a repository within it", async () => {
  const { base, trust } = world();
  await trust.add(join(base, "p"));
  expect((await trust.of(join(base, "p/lib"))).trusted).toBe(false);
  expect((await trust.of(join(base, "q"))).trusted).toBe(false);
  expect((await trust.of(base)).trusted).toBe(false);
});

test("a folder that is replaced by a link to another is not trusted for its name", async () => {
  const { base, trust } = world();
  await trust.add(join(base, "q"));
  rmSync(join(base, "q"), { recursive: true });
  mkdirSync(join(base, "evil"));
  symlinkSync("evil", join(base, "q"));
  expect(await trust.of(join(base, "q"))).toEqual({ folder: join(base, "evil"), trusted: false });
});

test("the list is for this user alone, any path can be in it, and taking a line out takes the trust back", async () => {
  const { base, file, trust } = world();
  const odd = join(base, 'a "b"\nc');
  mkdirSync(odd);
  await trust.add(join(base, "q"));
  await trust.add(odd);
  await trust.add(odd);
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
  await expect(trust.add(q)).rejects.toThrow("JSON");
  expect(readFileSync(file, "utf8")).toBe("no JSON\n");

  writeFileSync(file, `${JSON.stringify(q)}\n`);
  expect((await trust.of(q)).trusted).toBe(true);
  chmodSync(file, 0o666);
  expect((await trust.of(q)).trusted).toBe(false);
  await expect(trust.add(q)).rejects.toThrow("chmod 600");

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
