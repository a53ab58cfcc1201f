import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fileIn } from "../../packages/protocol/src/client/folders.ts";
import { openScans } from "../../packages/server/src/changes/index.ts";
import { openCatalogue } from "../../packages/server/src/catalogue/index.ts";
import { LiveSettings, openRules } from "../../packages/server/src/config/index.ts";
import type { Clock } from "../../packages/server/src/core/ports.ts";
import { type Adapters, createDaemon } from "../../packages/server/src/daemon.ts";
import { openGuard } from "../../packages/server/src/guard/index.ts";
import { openHome } from "../../packages/server/src/home/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { fileInstructions, openTrust } from "../../packages/server/src/project/index.ts";
import { openBlobs } from "../../packages/server/src/store/blobs/index.ts";
import { sessionFiles } from "../../packages/server/src/tools/undo/index.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/index.ts";

/** A daemon within a program of somebody else's, made of adapters of their choice. */

const clock: Clock = {
  now: Date.now,
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

function adapters(): Adapters {
  const base = mkdtempSync(join(tmpdir(), "daimon-embed-"));
  onTestFinished(() => rmSync(base, { recursive: true }));
  const home = openHome({ DAIMON_HOME: join(base, "h") });
  const log = () => undefined;
  return {
    home,
    settings: new LiveSettings(home, {}),
    log,
    redact: (text) => text,
    clock,
    newId: () => crypto.randomUUID(),
    reapOrphans: async () => [],
    openStore: () => openSqliteStore({ file: join(home.state, "daimon.db"), clock, log }),
    openBlobs: () => openBlobs({ folder: join(home.state, "blobs"), clock }),
    sandbox: hostSandbox({ children: join(home.run, "children") }),
    startup: async () => undefined,
    keyring: { doors: () => [], keep: () => ({ file: "", shadowed: false }) },
    catalogue: openCatalogue(clock.now),
    providers: () => [],
    runtimes: [],
    tools: [],
    guard: openGuard(),
    rules: openRules(home.config),
    instructions: fileInstructions,
    trust: openTrust({ folder: home.state, below: () => [], log }),
    ceilings: { file: "", found: async () => false, of: async () => undefined },
    files: sessionFiles,
    scans: openScans({ folder: join(home.state, "scans"), path: undefined, log }),
    checkInput: () => undefined,
  };
}

test("a daemon that could not start gives back what it had taken, and may be started once the cause is gone", async () => {
  const given = adapters();
  const failing = createDaemon({
    ...given,
    openBlobs() {
      throw new Error("no room for blobs");
    },
  });
  await expect(failing.start()).rejects.toThrow("no room for blobs");
  expect(existsSync(fileIn.pid(given.home))).toBe(false);

  const daemon = createDaemon(given);
  const socket = await daemon.start();
  await daemon.stop();
  expect(existsSync(socket)).toBe(false);
});

test("a daemon is stopped once, however many ask for it, and tells when it began to stop and when it had", async () => {
  const daemon = createDaemon(adapters());
  await daemon.start();
  const told: string[] = [];
  const both = Promise.all([
    daemon.stopping.then(() => told.push("stopping")),
    daemon.stopped.then(() => told.push("stopped")),
  ]);
  await Promise.all([daemon.stop(), daemon.stop()]);
  await daemon.stop();
  await both;
  expect(told).toEqual(["stopping", "stopped"]);
});

test("what an earlier daemon left running is ended before this one says that it can answer", async () => {
  const order: string[] = [];
  const given = adapters();
  const daemon = createDaemon({
    ...given,
    async reapOrphans() {
      expect(existsSync(fileIn.pid(given.home))).toBe(true); // under the lock
      order.push("reaped");
      return [{ pid: 1, label: "kernel" }];
    },
    openStore() {
      order.push("store");
      return given.openStore();
    },
    log: (_level, message) => order.push(message),
  });
  await daemon.start();
  await daemon.stop();
  expect(order.slice(0, 4)).toEqual([
    "reaped",
    "ended a process that an earlier daemon left behind",
    "store",
    "listening",
  ]);
});
