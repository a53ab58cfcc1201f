import { chmodSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { openSandbox, type SandboxSettings } from "../../packages/server/src/sandboxes/index.ts";
import { hasSandbox, sandboxFor } from "../conformance/sandboxes.ts";

async function opened(bubblewrap: string | undefined, settings: Partial<SandboxSettings> = {}) {
  const home = await mkdtemp(join(tmpdir(), "daimon-choose-"));
  const said: string[] = [];
  const sandbox = openSandbox({
    host: hostSandbox({ children: join(home, "children") }),
    bubblewrap: bubblewrap?.replace("HOME", home),
    hidden: () => [home],
    folder: join(home, "sandbox"),
    settings: () => ({ driver: "bwrap", network: [], memory: 512, pids: 100, ...settings }),
    log: (_level, message, fields) => void said.push(`${message} ${JSON.stringify(fields ?? {})}`),
  });
  onTestFinished(async () => {
    await sandbox.close();
    await rm(home, { recursive: true });
  });
  return { sandbox, said, home };
}
const program = (path: string, script: string): string => {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
};
const profile = (cwd: string) => ({ cwd, env: {}, network: [], writable: [cwd], label: "a test" });
const never = new AbortController().signal;

describe("a sandbox that does not hold is none", () => {
  test("where it is not installed: nothing is confined, and what to do is said", async () => {
    const { sandbox, said, home } = await opened(undefined);
    await sandbox.ready();
    expect(sandbox).toMatchObject({ confines: false, name: "none" });
    const report = await sandbox.report();
    expect(report).toMatchObject({ driver: "bwrap", confines: false });
    expect(report.says).toMatch(/^no sandbox: .*not installed.*apt install bubblewrap.*you are asked about each$/);
    expect(said).toEqual([expect.stringContaining("commands are not confined")]);
    expect(sandbox.says(profile(home))).toMatch(/^no sandbox: commands run as you/);
    expect(await sandbox.test()).toEqual([{ name: "sandbox", ok: false, says: report.says }]);
  });

  test("where it may do nothing here, in its own words", async () => {
    const { sandbox, home } = await opened("HOME/bwrap");
    program(
      join(home, "bwrap"),
      'case "$1" in --version) echo bubblewrap 0.11.0 ;; *) echo "setting up uid map: no" >&2; exit 1 ;; esac',
    );
    expect((await sandbox.report()).says).toContain("(setting up uid map: no)");
    expect(sandbox.confines).toBe(false);
  });

  test("where it runs commands, and holds nothing", async () => {
    const { sandbox, home } = await opened("HOME/bwrap");
    program(join(home, "bwrap"), '[ "$1" = --version ] || { shift 3; exec "$@"; }');
    expect((await sandbox.report()).says).toContain("(a command wrote outside of its own folders)");
    expect(sandbox.confines).toBe(false);
  });

  test("where it is the one of another system", async () => {
    const { sandbox } = await opened(undefined, { driver: process.platform === "darwin" ? "bwrap" : "seatbelt" });
    expect((await sandbox.report()).confines).toBe(false);
  });

  test("where nobody wants one, and that is said too", async () => {
    const { sandbox } = await opened("/usr/bin/bwrap", { driver: "none" });
    expect(await sandbox.report()).toMatchObject({
      driver: "none",
      confines: false,
      says: expect.stringContaining("config.toml"),
    });
    expect(sandbox.confines).toBe(false);
  });
});

describe.runIf(await hasSandbox())("a sandbox that holds", () => {
  test("confines only once it was tried; whoever starts something before waits for that", async () => {
    const home = await mkdtemp(join(tmpdir(), "daimon-choose-"));
    const sandbox = sandboxFor(home);
    expect(sandbox.confines).toBe(false);
    const work = await mkdtemp(join(tmpdir(), "daimon-work-"));
    const child = await sandbox.spawn(["/bin/sh", "-c", "ls -d /sys /boot"], profile(work), never);
    expect(sandbox.confines).toBe(true);
    expect(await text(child.stdout)).toBe("");
    await sandbox.close();
    for (const folder of [home, work]) await rm(folder, { recursive: true });
  });

  test("says what each command may do", async () => {
    const home = await mkdtemp(join(tmpdir(), "daimon-choose-"));
    const sandbox = sandboxFor(home);
    await sandbox.ready();
    const some = { cwd: "/p", env: {}, network: [], writable: ["/p", "/q"] };
    expect(sandbox.says(some)).toMatch(/^\w+: writes in \/p, \/q only, no network$/);
    expect(sandbox.says({ ...some, writable: [], network: ["pypi.org", "*.x"] })).toMatch(
      /: writes nowhere, network to pypi.org, \*.x$/,
    );
    await sandbox.close();
    await rm(home, { recursive: true });
  });

  test("does not run a command without it when it is gone meanwhile", async () => {
    const { sandbox, home } = await opened("HOME/bwrap");
    const path = program(join(home, "bwrap"), 'exec /usr/bin/bwrap "$@"');
    await sandbox.ready();
    expect(sandbox.confines).toBe(true);
    const work = await mkdtemp(join(tmpdir(), "daimon-work-"));
    await rm(path);
    const child = await sandbox.spawn(["/bin/sh", "-c", "echo ran"], profile(work), never);
    expect(await text(child.stdout)).toBe("");
    expect((await child.exited).code).toBe(127);
    await rm(work, { recursive: true });
  });
});
