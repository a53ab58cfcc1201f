import { DaimonError, fit } from "@daimon/protocol";
import { fitsSocket } from "@daimon/protocol/client/home";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { constants, homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Child, Log } from "../../core/ports.ts";
import type { Limits, Profile, Spawn } from "../driver.ts";
import type { HostSandbox } from "../host/index.ts";
import { bridged, node, proxyVariables, socketInside } from "../proxy/bridge.ts";
import { openProxy, type Proxy } from "../proxy/index.ts";
import { argumentsFor, asWords } from "./arguments.ts";
import type { Limiter } from "./limits.ts";
import { type Plan, planOf } from "./mounts.ts";
import { guard } from "../planted.ts";
import { copySettings, systemArguments, toolchains } from "./system.ts";

/** Bubblewrap around every command. Nothing here decides whether it works on this machine: that is tried before. */
export type Bubblewrap = {
  program: string;
  host: HostSandbox;
  /** Never seen inside, whatever a profile says. */
  hidden(): readonly string[];
  limits(): Limits;
  limiter: Limiter | undefined;
  /** A folder of the daemon's own, for what is bound into sandboxes. */
  folder: string;
  /** What git is told of the person in there: `[user]`, and nothing else of theirs. */
  gitUser: string;
  log: Log;
};

export function bubblewrap(ports: Bubblewrap): Spawn {
  const { program, host, hidden, limits, limiter, folder, log } = ports;
  const home = homedir();
  const etc = join(folder, "etc");
  let system: readonly string[] | undefined;
  let made: Promise<void> | undefined;
  const blank = join(folder, "blank");
  const gitconfig = join(folder, "gitconfig");
  const make = async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await Promise.all([writeFile(blank, "", { mode: 0o600 }), writeFile(gitconfig, ports.gitUser, { mode: 0o600 })]);
    await copySettings(etc);
  };

  const wordsFor = (plan: Plan, profile: Profile, open: Proxy | undefined): string => {
    const env = { ...profile.env, ...(open ? proxyVariables : {}) };
    const more = open ? ["--ro-bind", open.socket, socketInside, ...nodeArguments()] : [];
    const words = asWords(argumentsFor((system ??= systemArguments(etc)), { plan, home, blank, env, gitconfig, more }));
    if (words === undefined) throw new DaimonError("invalid", "a path or a variable holds a zero character");
    return words;
  };

  return async (argv, profile, signal) => {
    await (made ??= make());
    const plan = planOf(
      { ...profile, readable: [...(profile.readable ?? []), ...programOf(argv)] },
      { hidden: hidden(), home, toolchains: toolchains(profile.env["PATH"], home) },
    );
    const notes = new Set<string>();
    const note = (text: string) => {
      if (notes.size >= notesAtMost || notes.has(text)) return;
      notes.add(text);
      log("warn", text, { label: profile.label });
    };
    const open = profile.network.length > 0 ? await wayOut(folder, profile.network, note) : undefined;
    const unguard = guard(plan.guarded, note);
    let leave: (() => Promise<void>) | undefined;
    const over = async () => {
      void leave?.();
      await open?.close();
      await unguard();
    };
    try {
      const child = await host.spawn(
        [program, "--args", "4", "--", ...(open ? bridged(argv) : argv)],
        { ...profile, cwd: "/", env: {} },
        signal,
        {
          words: wordsFor(plan, profile, open),
          held: async (pid) => void (leave = await limiter?.enter(pid, limits())),
        },
      );
      const exited = child.exited.then(async (exit) => {
        await over();
        return { ...asToldInside(exit), ...(notes.size > 0 ? { notes: [...notes] } : {}) };
      });
      return { ...child, exited, kill: (name) => send(child, name) };
    } catch (error) {
      await over();
      throw error;
    }
  };
}

/** Who knocks at every door has heard enough. */
const notesAtMost = 20;

/** bwrap ends as a shell does when what it ran was ended by a signal: with that signal's number, and 128. */
function asToldInside(exit: Awaited<Child["exited"]>): Awaited<Child["exited"]> {
  const number = (exit.code ?? 0) - 128;
  const [signal] = Object.entries(constants.signals).find(([, value]) => value === number) ?? [];
  return signal === undefined ? exit : { code: null, signal };
}

/** A program that PATH does not name, by its own path. */
const programOf = ([program = ""]: readonly string[]): string[] => (program.startsWith("/") ? [program] : []);
const nodeArguments = (): string[] => (node().startsWith("/usr/") ? [] : ["--ro-bind", node(), node()]);

/** For one command alone: what it may reach is not what another may. */
async function wayOut(folder: string, hosts: readonly string[], say: (text: string) => void): Promise<Proxy> {
  const refused = (place: string, why: string) => say(`it was kept from reaching ${fit(place, 200).text}: ${why}`);
  const own = join(folder, `proxy-${randomBytes(6).toString("hex")}`);
  if (fitsSocket(own)) return openProxy({ socket: own, hosts, refused });
  const short = await mkdtemp(join(tmpdir(), "daimon-proxy-"));
  const proxy = await openProxy({ socket: join(short, "p"), hosts, refused });
  return { ...proxy, close: () => proxy.close().then(() => rm(short, { recursive: true, force: true })) };
}

/**
 * In the sandbox a session of its own begins, with a group of its own: signals must go there. Its leader is the child of the
 * bwrap that we started, and the end of that one ends all.
 */
function send(child: Child, name: Parameters<Child["kill"]>[0]): void {
  const inner = name === "SIGKILL" ? undefined : leaderIn(child.pid);
  try {
    if (inner !== undefined && process.kill(-inner, name)) return;
  } catch {
    // it has no group of its own yet: nothing of the command runs
  }
  child.kill(name);
}

/** Only while it is our own child: once it has left, its number may be somebody else's. */
function leaderIn(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    if (stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] !== String(process.pid)) return undefined;
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    return Number(first) > 1 ? Number(first) : undefined;
  } catch {
    return undefined;
  }
}
