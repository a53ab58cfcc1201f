import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { hasSandbox } from "../conformance/sandboxes.ts";
import { house } from "./daimon.ts";

const there = await hasSandbox();
const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

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

test("where the one that is wanted does not hold, whoever asks for the daemon's health is told", async () => {
  await using mia = await house();
  await mia.daimon(["config", "set", "sandbox.driver", process.platform === "darwin" ? "bwrap" : "seatbelt"]);
  await mia.daimon(["stop"]);
  await mia.daimon(["sandbox"]);
  const trouble = async () =>
    (JSON.parse((await mia.daimon(["status", "--json"])).stdout) as { trouble: string[] }).trouble;
  await expect.poll(trouble, { timeout: 15_000 }).toEqual([expect.stringContaining("no sandbox")]);
});

test(
  "a host that is none, and a driver that nobody knows, are named with their line",
  { timeout: 60_000 },
  async () => {
    await using mia = await house();
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
  },
);

test.runIf(existsSync("/proc/self/fd"))(
  "a file that whoever started the daemon had open is open to nobody it starts",
  async () => {
    await using mia = await house();
    const folder = join(mia.home, "..", "theirs");
    mkdirSync(folder);
    // Node itself sees to those up to the first gap.
    const child = spawn(
      "/bin/bash",
      ["-c", 'exec 200<"$1"; exec "$2" "$3" sandbox', "-", folder, process.execPath, main],
      {
        env: { PATH: process.env["PATH"] ?? "", HOME: mia.home, DAIMON_HOME: mia.home },
        stdio: "ignore",
      },
    );
    await once(child, "exit");
    const open = readdirSync(`/proc/${mia.pid()}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${mia.pid()}/fd/${fd}`);
      } catch {
        return ""; // it was just closed
      }
    });
    expect(open.filter((path) => path.startsWith(folder))).toEqual([]);
  },
);
