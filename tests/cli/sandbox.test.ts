import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasSandbox } from "../conformance/sandboxes.ts";
import { house } from "./daimon.ts";

const there = await hasSandbox();

test.runIf(there)("sandbox says what confines commands, and test attacks it", async () => {
  await using mia = await house();
  const { code, stdout } = await mia.daimon(["sandbox", "--json"]);
  const report = JSON.parse(stdout) as object;
  expect({ code, report }).toMatchObject({ code: 0, report: { confines: true, network: [] } });
  expect((await mia.daimon(["sandbox", "status"])).stdout).toMatch(/^\w+: commands write in .*\nnetwork {3}none\n/);
  const tested = await mia.daimon(["sandbox", "test"]);
  expect(tested.stdout.trimEnd().split("\n").length).toBeGreaterThanOrEqual(8);
  expect(tested.stdout).not.toContain("NOT HELD");
  expect(tested.code).toBe(0);
});

test("where nothing confines commands, that is said, and a test of it fails", async () => {
  await using mia = await house();
  await mia.daimon(["config", "set", "sandbox.driver", "none"]);
  await mia.daimon(["stop"]);
  expect(await mia.daimon(["sandbox"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("no sandbox: config.toml says so"),
  });
  const { code, stdout } = await mia.daimon(["sandbox", "test", "--json"]);
  expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 1, checks: [{ ok: false }] });
  expect(await mia.daimon(["sandbox", "tset"])).toMatchObject({
    code: 2,
    stderr: 'daimon: sandbox has no "tset"; did you mean "test"?\n',
  });
});

test("a host that is none, and a driver that nobody knows, are named with their line", async () => {
  await using mia = await house();
  await mia.daimon(["stop"]);
  await mia.daimon(["config", "get"]);
  const file = join(mia.home, "config", "config.toml");
  for (const [text, what] of [
    ['[sandbox]\nnetwork = ["pypi.org", "http://pypi.org"]\n', "config.toml:2: sandbox.network.1"],
    ['[sandbox]\ndriver = "docker"\n', "config.toml:2: sandbox.driver"],
    ["[sandbox]\nmemory = 1\n", "config.toml:2: sandbox.memory"],
  ] as const) {
    await mia.daimon(["stop"]);
    writeFileSync(file, text);
    expect((await mia.daimon(["sandbox"])).stderr).toContain(what);
  }
  writeFileSync(file, "");
});
