import { DaimonError } from "@daimon/protocol";
import { fileIn } from "@daimon/protocol/client/home";
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Flags, LiveSettings } from "./config/index.ts";
import type { Clock } from "./core/ports.ts";
import { type Adapters, createDaemon } from "./daemon.ts";
import { openHome } from "./home/index.ts";
import { openLog, openRedactor } from "./log/index.ts";

/**
 * A daemon as a process: its arguments, its log, its signals, its exit. Once it can answer it prints one line on stdout;
 * when it cannot start it prints one line on stderr and exits with 3 (2: its arguments are wrong). After that line it
 * writes to its log only, so that whoever started it may close both and leave.
 */

export type World = Pick<Adapters, "home" | "log" | "redact" | "clock" | "newId"> & { settings: LiveSettings };

const couldNotStart = 3;
const patience = 10_000;

export async function runDaemon(adapters: (world: World) => Omit<Adapters, keyof World>): Promise<void> {
  const flags = readFlags();
  closeInherited();
  try {
    const world = openWorld(flags);
    // Children must not find the key to their own approvals in the environment they inherit.
    delete process.env["DAIMON_TOKEN"];
    const daemon = createDaemon({ ...world, ...adapters(world) });
    survive(world.log);
    const socket = await daemon.start();
    leaveOn(["SIGTERM", "SIGINT", ...(flags.foreground ? (["SIGHUP"] as const) : [])], daemon.stop, world.log);
    process.stdout.write(`daimon listens on ${socket}\n`);
    await daemon.stopping;
    setTimeout(() => {
      world.log("error", "stopping took too long; what was left is marked at the next start", { ms: patience });
      process.exit(1);
    }, patience);
    await daemon.stopped;
    process.exit(0);
  } catch (error) {
    fail(error, couldNotStart);
  }
}

/**
 * Files that whoever started us left open, and which every child would have too: a folder among them leads out of any sandbox. What
 * Node opens itself no child inherits. Only Linux tells of them.
 */
function closeInherited(): void {
  const closedByExec = 0o2000000;
  const names = existsSync("/proc/self/fdinfo") ? readdirSync("/proc/self/fdinfo") : [];
  for (const fd of names.map(Number).filter((number) => number > 2)) {
    try {
      const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
      if (flags !== undefined && (parseInt(flags, 8) & closedByExec) === 0) closeSync(fd);
    } catch {
      // the one by which we looked
    }
  }
}

function readFlags(): Flags & { foreground: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        foreground: { type: "boolean", default: false },
        http: { type: "string" },
        log: { type: "string" },
        model: { type: "string" },
        "tls-cert": { type: "string" },
        "tls-key": { type: "string" },
      },
    });
    return values;
  } catch (error) {
    return fail(error, 2);
  }
}

function openWorld(flags: Flags & { foreground: boolean }): World {
  const home = openHome();
  const settings = new LiveSettings(home, process.env, flags);
  const redact = openRedactor(() => settings.last.secrets);
  const log = openLog({
    file: fileIn.log(home),
    now: () => ({ level: settings.last.config.log }),
    redact,
    ...(flags.foreground ? { also: sayOnStderr() } : {}),
  });
  process.title = "daimon";
  // It outlives the folder it was started in.
  process.chdir(home.state);
  return { home, settings, log, redact, clock, newId: randomUUID };
}

/** Until nobody reads it any more: a line about that would fail as well, and so on. */
function sayOnStderr(): (line: string) => void {
  let read = true;
  process.stderr.on("error", () => (read = false));
  return (line) => {
    if (read) process.stderr.write(line);
  };
}

/** A bug in one place is written down and ends what it broke; the daemon and everybody else's session live. */
function survive(log: World["log"]): void {
  process.on("uncaughtException", (error) => log("error", "a bug: an exception nobody caught", { error }));
  process.on("unhandledRejection", (error) => log("error", "a bug: a rejection nobody handled", { error }));
  process.on("warning", (warning) => log("warn", warning.message, { name: warning.name }));
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", ({ message }) => log("debug", "whoever started this daemon has left", { error: message }));
  // Without a handler it would end the process when its terminal goes; in the foreground it is to.
  process.on("SIGHUP", () => log("info", "the terminal is gone"));
}

function leaveOn(signals: readonly NodeJS.Signals[], stop: () => Promise<void>, log: World["log"]): void {
  for (const signal of signals)
    process.on(signal, () => {
      log("info", "asked to stop", { signal });
      void stop();
    });
}

function fail(error: unknown, code: number): never {
  const why = error instanceof Error ? error.message : String(error);
  const bug = error instanceof Error && !(error instanceof DaimonError) && code === couldNotStart;
  process.stderr.write(`daimon: ${why}\n${bug && process.env["DAIMON_LOG"] === "debug" ? `${error.stack}\n` : ""}`);
  process.exit(code);
}

const clock: Clock = {
  now: Date.now,
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
