import { homeOf } from "@daimon/protocol/client/home";
import { once } from "node:events";
import type { Arguments } from "../arguments.ts";
import { daemonPid, spawnDaemon } from "../daemon.ts";
import { type Exit, exits, Failure, usage } from "../failure.ts";
import { withClient } from "../open.ts";

export async function command(given: Arguments): Promise<Exit> {
  if (given.flag("http")) throw usage("this version answers on its socket only; start it without --http");
  if (given.flag("foreground")) return inForeground();
  const pid = await withClient(async (client) => (await client.request("daemon/status", {})).pid);
  process.stdout.write(`the daemon runs (pid ${pid})\n`);
  return exits.done;
}

/** The daemon's own output, log and exit, here. What would end us ends it, in order. */
async function inForeground(): Promise<Exit> {
  const running = daemonPid(homeOf(process.env));
  if (running !== undefined)
    throw new Failure(exits.failed, `the daemon runs already (pid ${running}); "daimon stop" ends it`);
  const child = spawnDaemon(process.env, ["--foreground"], { stdio: "inherit", detached: false });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  // Ctrl-C reaches the whole foreground group, the daemon too: here it only must not end us before it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", pass);
  process.on("SIGHUP", pass);
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0 ? exits.done : exits.noDaemon;
}
