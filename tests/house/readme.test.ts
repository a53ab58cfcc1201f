import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

/**
 * The README is copied by people who try this for the first time. Its blocks that begin with "```sh test" are run one after
 * the other, as a person would who has `daimon` where we have `npm start`.
 */

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const home = mkdtempSync(join(tmpdir(), "readme-"));
const env = { ...process.env, DAIMON_HOME: home, DAIMON_TOKEN: "", DAIMON_HOST: "", NO_COLOR: "1" };

const daimon = `daimon() { npm start --silent -- "$@"; }`;
const shell = (script: string) => run("sh", ["-eu", "-c", `${daimon}\n${script}`], { cwd: root, env });

const text = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...text.matchAll(/^```sh test\n([\s\S]*?)^```$/gm)].map(([, script = ""]) => script.trim());

afterAll(async () => {
  await shell("daimon stop");
  rmSync(home, { recursive: true, force: true });
});

describe("what the README says to type", () => {
  test("there is something to copy", () => {
    expect(blocks.length).toBeGreaterThan(0);
  });

  test.each(blocks)("works: %s", { timeout: 60_000 }, async (script) => {
    await shell(script);
  });
});
