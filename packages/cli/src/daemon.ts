import { closeCodes } from "@daimon/protocol";
import type { Connect, Loss, Next } from "@daimon/protocol/client";
import { connectLocal } from "@daimon/protocol/client/local";
import { fileIn, findSocket, type Home, makeFolder, readToken } from "@daimon/protocol/client/home";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, realpathSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { exits, Failure } from "./failure.ts";

/** Finds the daemon of this user, and starts it when nobody answers. */

const patienceMs = 10_000;

export type ReachOptions = {
  home: Home;
  env: NodeJS.ProcessEnv;
  /** Start it when it is not there; otherwise that is an error. */
  starts: boolean;
  /** What a daemon that is started here is told. */
  args?: readonly string[];
  /** Whoever stays waits for a daemon that was stopped to be started by somebody; others give up. */
  stays: boolean;
};
export type Reach = {
  connect: Connect;
  /** Sends a text ahead that is too long for a frame; answers its name. */
  put(text: string): Promise<string>;
  onLoss(loss: Loss): Promise<Next>;
  /** A person wants it now, even if another person stopped it. */
  wanted(): void;
  /** Tells when somebody stopped the daemon: it is not started again before it is `wanted`. */
  onStopped(tell: () => void): void;
};

export function reachDaemon({ home, env, starts, stays, args = [] }: ReachOptions): Reach {
  let starting: Starting | undefined;
  let left = false;
  let tellStopped = () => {};

  const arrived = () => {
    starting?.over();
    starting = undefined;
    left = false;
  };

  async function onLoss(loss: Loss): Promise<Next> {
    if (loss.code === closeCodes.leaving) {
      if (!stays)
        throw new Failure(exits.noDaemon, "the daemon was stopped; the session is kept, run the command again");
      left = true;
      tellStopped();
      return "later";
    }
    const nobody = loss.errno === "ENOENT" || loss.errno === "ECONNREFUSED";
    if (!nobody) {
      if (loss.errno && loss.errno !== "ECONNRESET" && loss.errno !== "EPIPE")
        throw new Failure(exits.noDaemon, loss.reason);
      return "later";
    }
    if (left) return "later";
    if (!starts) throw new Failure(exits.noDaemon, `no daemon is running; "daimon serve" starts one`);
    starting ??= startDaemon(home, env, args);
    await starting.news();
    return "now";
  }

  const token = () => env["DAIMON_TOKEN"] || readToken(home);

  return {
    put: async (text) => {
      const { upload } = await import("./upload.ts");
      return upload({ socketPath: findSocket(home) ?? "", token: token() ?? "" }, text);
    },
    connect: (events) => {
      const nowhere = (why: string, errno?: string) => {
        queueMicrotask(() => events.closed(1006, why, errno));
        return { send() {}, close() {} };
      };
      try {
        const socketPath = findSocket(home);
        const known = token();
        if (socketPath === undefined || known === undefined) return nowhere("no daemon has ever run here", "ENOENT");
        const opened = () => {
          arrived();
          events.opened();
        };
        const closed: typeof events.closed = (code, reason, errno) => {
          // The home's own token was replaced: the next connection finds the new one.
          const replaced = code === closeCodes.token && token() !== known;
          if (replaced) events.closed(1006, "the daemon's token was replaced");
          else events.closed(code, reason, errno);
        };
        return connectLocal({ socketPath, token: known })({ ...events, opened, closed });
      } catch (error) {
        // ENOTDIR: whoever starts a daemon there says it better.
        const { code, message } = error as NodeJS.ErrnoException;
        return nowhere(message, code === "ENOTDIR" ? "ENOENT" : code);
      }
    },
    onLoss,
    wanted: () => (left = false),
    onStopped: (tell) => (tellStopped = tell),
  };
}

/** In source the server package lies beside this one; a bundle has the daemon's bundle beside it. */
export function daemonMain(): string {
  if (import.meta.dirname?.endsWith("src")) return join(import.meta.dirname, "../../server/src/main.ts");
  return join(dirname(realpathSync(process.argv[1]!)), "daemon.cjs");
}

type Starting = {
  /** Resolves when trying to connect again is worth it; throws when no daemon will come. */
  news(): Promise<void>;
  over(): void;
};

/**
 * Several clients may start one at the same time: the lock lets one daemon live, and everybody meets there. So the
 * end of our own child is an error only if nobody else is about to answer.
 */
function startDaemon(home: Home, env: NodeJS.ProcessEnv, args: readonly string[]): Starting {
  const log = openLog(home);
  const from = fstatSync(log).size;
  const child = spawnDaemon(env, args, { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  child.unref();
  const until = Date.now() + patienceMs;
  let ended: string | undefined;
  let triedSince = false;
  let noted = false;
  let resume = () => {};
  const wake = () => {
    noted = true;
    resume();
  };
  child.on("error", ({ message }) => over(`it could not be started: ${message}`));
  child.on("exit", (code, signal) => over(signal ? `it was ended by ${signal}` : `it ended with code ${code}`));
  function over(why: string) {
    ended ??= why;
    wake();
  }
  // The socket's appearance is the news; the slow timer is for file systems that tell nobody.
  const watcher = watch(home.run, wake);
  watcher.on("error", () => watcher.close());

  function giveUp(why: string): never {
    watcher.close();
    throw new Failure(exits.noDaemon, why);
  }

  return {
    async news() {
      if (ended !== undefined && triedSince && !anotherLives(home))
        giveUp(`no daemon could be started: ${reasonIn(fileIn.log(home), from) ?? ended}`);
      if (Date.now() > until)
        giveUp(`the daemon does not answer after ${patienceMs / 1000} s; see ${fileIn.log(home)}`);
      if (!noted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, 250);
        resume = resolve;
        await promise;
        clearTimeout(timer);
      }
      noted = false;
      triedSince = ended !== undefined;
    },
    over: () => watcher.close(),
  };
}

/** The daemon's process. It gets no token: it makes its own. */
export function spawnDaemon(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  options: { stdio: StdioOptions; detached: boolean },
): ChildProcess {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const { DAIMON_TOKEN: _, ...rest } = env;
  // Not in the folder of whoever happened to start it: that one may be removed or unmounted.
  return spawn(process.execPath, [daemonMain(), ...args], { ...options, env: rest, cwd: "/" });
}

/** Whether the process that says it is the daemon of this home is there. */
export function daemonPid(home: Home): number | undefined {
  try {
    const pid = Number(readFileSync(fileIn.pid(home), "utf8"));
    return pid > 0 && lives(pid) ? pid : undefined;
  } catch {
    return undefined; // no file: nobody is there
  }
}

export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended stays in the list of processes until its parent looks; in a container that may be never.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    // Only Linux has the file; a process that belongs to somebody else lives too.
    return (error as NodeJS.ErrnoException).syscall !== "kill" || (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
const anotherLives = (home: Home): boolean => daemonPid(home) !== undefined;

function openLog(home: Home): number {
  try {
    for (const folder of [home.state, home.run]) makeFolder(folder);
    return openSync(fileIn.log(home), "a", 0o600);
  } catch (error) {
    const { message } = error as Error;
    throw new Failure(
      exits.noDaemon,
      `no daemon could be started: ${message}; make the folder writable or set DAIMON_HOME`,
      {
        cause: error,
      },
    );
  }
}

/** The daemon's own error line, of those it wrote since we started it. */
function reasonIn(log: string, from: number): string | undefined {
  const lines = readFileSync(log).subarray(from).toString("utf8").split("\n");
  const said = lines.findLast((line) => line.startsWith("daimon: "));
  return said?.slice("daimon: ".length) ?? lines.findLast((line) => line.trim() !== "");
}
