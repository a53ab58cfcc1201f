import { closeCodes } from "@daimon/protocol";
import { fileIn, homeOf } from "@daimon/protocol/client/home";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { daemonPid, lives, reachDaemon, type ReachOptions } from "./daemon.ts";

const nobody = { code: 1006, reason: "nobody is there", errno: "ENOENT" };

async function atHome(
  use: (reach: (options?: Partial<ReachOptions>) => ReturnType<typeof reachDaemon>, base: string) => Promise<void>,
) {
  const base = mkdtempSync(join(tmpdir(), "reach-"));
  const env = { PATH: process.env["PATH"], DAIMON_HOME: join(base, "home") };
  try {
    await use(
      (options) => reachDaemon({ home: homeOf(env), env, starts: true, stays: true, ...options }),
      join(base, "home"),
    );
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

test("a daemon that somebody stopped is waited for, and started only when a person wants it", async () => {
  await atHome(async (reach, home) => {
    const daemon = reach({ starts: false });
    let told = 0;
    daemon.onStopped(() => told++);
    expect(await daemon.onLoss({ code: closeCodes.leaving, reason: "leaving" })).toBe("later");
    expect(told).toBe(1);
    expect(await daemon.onLoss(nobody)).toBe("later");
    expect(existsSync(home)).toBe(false);
    daemon.wanted();
    await expect(daemon.onLoss(nobody)).rejects.toThrow("no daemon is running");
  });
});

test("a command that does not stay gives up when the daemon is stopped under it", async () => {
  await atHome(async (reach) => {
    await expect(reach({ stays: false }).onLoss({ code: closeCodes.leaving, reason: "" })).rejects.toMatchObject({
      exit: 3,
    });
  });
});

test("a connection that breaks for a while is tried again; one that may never come is an error at once", async () => {
  await atHome(async (reach) => {
    expect(await reach().onLoss({ code: 1006, reason: "cut" })).toBe("later");
    expect(await reach().onLoss({ code: 1006, reason: "cut", errno: "ECONNRESET" })).toBe("later");
    await expect(reach().onLoss({ code: 1006, reason: "not yours", errno: "EACCES" })).rejects.toMatchObject({
      exit: 3,
      message: "not yours",
    });
  });
});

test("while another daemon is about to answer, the end of one's own is no error; once none is, its reason is told", async () => {
  await atHome(async (reach, base) => {
    const home = homeOf({ DAIMON_HOME: base });
    for (const folder of [home.config, home.state, home.run]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(fileIn.config(home), "nonsense = 1\n");
    writeFileSync(fileIn.pid(home), `${process.pid}\n`);
    const daemon = reach();
    expect(await daemon.onLoss(nobody)).toBe("now");
    await expect.poll(() => readFile(fileIn.log(home), "utf8"), { timeout: 10_000 }).toContain("nonsense");
    for (let tries = 0; tries < 5; tries++) expect(await daemon.onLoss(nobody)).toBe("now");
    rmSync(fileIn.pid(home));
    await expect(Promise.resolve(daemon.onLoss(nobody)).then(() => daemon.onLoss(nobody))).rejects.toThrow(
      /^no daemon could be started: .*nonsense/,
    );
  });
});

test("a pid that is left from a daemon long gone names nobody", async () => {
  await atHome(async (_reach, base) => {
    const home = homeOf({ DAIMON_HOME: base });
    mkdirSync(home.run, { recursive: true });
    expect(daemonPid(home)).toBeUndefined();
    for (const left of ["", "nonsense", "0", "-1", String(2 ** 22 + 1)]) {
      writeFileSync(fileIn.pid(home), left);
      expect([left, daemonPid(home)]).toEqual([left, undefined]);
    }
    writeFileSync(fileIn.pid(home), String(process.pid));
    expect(daemonPid(home)).toBe(process.pid);
    expect(lives(1)).toBe(true);
  });
});
