import { homeOf } from "@daimon/protocol/client/home";
import { setTimeout as sleep } from "node:timers/promises";
import { daemonPid, lives } from "../daemon.ts";
import { type Exit, exits, Failure } from "../failure.ts";
import { withClient } from "../open.ts";

/** Longer than the daemon takes to end turns, cells and kernels in order. */
const patienceMs = 15_000;

/** Returns when the daemon is gone, so that whatever comes next meets none or a new one. */
export async function command(): Promise<Exit> {
  const home = homeOf(process.env);
  const pid = process.env["DAIMON_HOST"] ? undefined : daemonPid(home);
  try {
    await withClient((client) => client.request("daemon/stop", {}), { starts: false });
  } catch (error) {
    if (!(error instanceof Failure) || error.exit !== exits.noDaemon || process.env["DAIMON_HOST"]) throw error;
    if (pid === undefined) {
      process.stdout.write("no daemon is running\n");
      return exits.done;
    }
  }
  for (const until = Date.now() + patienceMs; pid !== undefined && lives(pid); await sleep(20))
    if (Date.now() > until)
      throw new Failure(
        exits.failed,
        `the daemon (pid ${pid}) is still ending its work; look again with "daimon status"`,
      );
  return exits.done;
}
