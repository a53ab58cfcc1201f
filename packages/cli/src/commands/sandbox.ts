import type { ResultOf } from "@daimon/protocol";
import { sanitise } from "@daimon/protocol/sanitise";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { nearest } from "../nearest.ts";
import { withClient } from "../open.ts";
import { columns } from "../views/columns.ts";

const acts = ["status", "test"] as const;

export async function command(given: Arguments): Promise<Exit> {
  const act = given.word("status|test") ?? "status";
  if (act === "status") return status(given);
  if (act === "test") return test(given);
  const meant = nearest(act, acts);
  throw usage(`sandbox has no "${act}"; ${meant ? `did you mean "${meant}"?` : `it has ${acts.join(", ")}`}`);
}

async function status(given: Arguments): Promise<Exit> {
  const report = await withClient((client) => client.request("sandbox/status", {}));
  process.stdout.write(given.flag("json") ? `${JSON.stringify(report)}\n` : sanitise(asText(report)));
  return exits.done;
}

function asText({ says, confines, network, limits, warnings }: ResultOf<"sandbox/status">): string {
  const lines = [says];
  if (confines) {
    lines.push(`network   ${network.length > 0 ? network.join(", ") : "none"}`);
    if (limits) lines.push(`limits    ${limits.memory} MiB of memory and ${limits.pids} processes for each command`);
  }
  return [...lines, ...warnings.map((warning) => `warning   ${warning}`), ""].join("\n");
}

/** What got through is a failure, as in any test. */
async function test(given: Arguments): Promise<Exit> {
  const { checks } = await withClient((client) => client.request("sandbox/test", {}));
  const rows = () => columns(checks.map(({ name, ok, says }) => [ok ? "held" : "NOT HELD", name, says]));
  process.stdout.write(given.flag("json") ? `${JSON.stringify({ checks })}\n` : sanitise(rows()));
  return checks.every(({ ok }) => ok) ? exits.done : exits.failed;
}
