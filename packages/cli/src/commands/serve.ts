import { homeOf } from "@daimon/protocol/client/home";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Arguments } from "../arguments.ts";
import { daemonPid, spawnDaemon } from "../daemon.ts";
import { type Exit, exits, Failure, usage } from "../failure.ts";
import { refuseElsewhere, withClient } from "../open.ts";

export async function command(given: Arguments): Promise<Exit> {
  refuseElsewhere("serve");
  const args = argumentsFor(given);
  if (given.flag("foreground")) return inForeground(args);
  const { pid, http } = await withClient((client) => client.request("daemon/status", {}), { args });
  const wanted = given.option("http");
  if (wanted !== undefined && !answersAt(http, wanted))
    throw new Failure(
      exits.failed,
      `the daemon runs already (pid ${pid}) and answers ${http ? `at ${http}` : "on its socket only"}; "daimon stop" ends it, then run this again`,
    );
  process.stdout.write(`the daemon runs (pid ${pid})${http === null ? "" : ` and answers at ${http}`}\n`);
  return exits.done;
}

/** Port 0 is any. */
const answersAt = (http: string | null, wanted: string): boolean =>
  http !== null && (wanted.endsWith(":0") || new URL(http).host === wanted.replace(/^localhost:/, "127.0.0.1:"));

/** What the daemon is told. It starts in no folder of ours: files are named whole. */
function argumentsFor(given: Arguments): string[] {
  const http = given.option("http");
  const [cert, key] = [given.option("tls-cert"), given.option("tls-key")];
  if (http === undefined && (cert ?? key) !== undefined) throw usage("--tls-cert and --tls-key go with --http");
  return [
    ...(http === undefined ? [] : ["--http", http]),
    ...(cert === undefined ? [] : ["--tls-cert", resolve(cert)]),
    ...(key === undefined ? [] : ["--tls-key", resolve(key)]),
  ];
}

/** The daemon's own output, log and exit, here. What would end us ends it, in order. */
async function inForeground(args: readonly string[]): Promise<Exit> {
  const running = daemonPid(homeOf(process.env));
  if (running !== undefined)
    throw new Failure(exits.failed, `the daemon runs already (pid ${running}); "daimon stop" ends it`);
  const child = spawnDaemon(process.env, ["--foreground", ...args], { stdio: "inherit", detached: false });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  // Ctrl-C reaches the whole foreground group, the daemon too: here it only must not end us before it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", pass);
  process.on("SIGHUP", pass);
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0 ? exits.done : exits.noDaemon;
}
