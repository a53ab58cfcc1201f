import { type ResultOf, version } from "@daimon/protocol";
import { checkFolder, homeOf } from "@daimon/protocol/client/home";
import { existsSync } from "node:fs";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { withClient } from "../open.ts";
import { sanitise } from "@daimon/protocol/sanitise";
import { columns } from "../views/columns.ts";

type Finding = ResultOf<"daemon/check">["checks"][number];
/** One row finds one thing out, or several. What it throws is what is broken. */
type Check = { name: string; look(): Promise<string | Finding[]> };

const checks: readonly Check[] = [
  { name: "node", look: async () => `${process.version} at ${process.execPath}` },
  { name: "home", look: async () => home() },
  { name: "daemon", look: daemon },
  { name: "inside", look: async () => (await withClient((client) => client.request("daemon/check", {}))).checks },
];

export async function command(given: Arguments): Promise<Exit> {
  const found: Finding[] = [];
  for (const check of checks) {
    const findings = await look(check);
    found.push(...findings);
    // What lies behind it cannot be asked.
    if (check.name === "daemon" && findings.some(({ ok }) => !ok)) break;
  }
  if (given.flag("json")) process.stdout.write(`${JSON.stringify({ checks: found })}\n`);
  else process.stdout.write(sanitise(columns(found.map(({ name, ok, says }) => [ok ? "ok" : "BROKEN", name, says]))));
  return found.every(({ ok }) => ok) ? exits.done : exits.failed;
}

async function look({ name, look: ask }: Check): Promise<Finding[]> {
  try {
    const found = await ask();
    return typeof found === "string" ? [{ name, ok: true, says: found }] : found;
  } catch (error) {
    return [{ name, ok: false, says: error instanceof Error ? error.message : String(error) }];
  }
}

function home(): string {
  const { base, state, run } = homeOf(process.env);
  const folders = [...(base === undefined ? [] : [base]), state, run].filter((folder) => existsSync(folder));
  for (const folder of folders) checkFolder(folder);
  return folders.length === 0 ? `${state} is made when the daemon starts` : `${base ?? state} is yours alone`;
}

async function daemon(): Promise<string> {
  const status = await withClient((client) => client.request("daemon/status", {}));
  if (status.version !== version)
    throw new Error(
      `it is version ${status.version}, and this is ${version}; run "daimon stop", the next command starts it`,
    );
  if (status.trouble.length > 0) throw new Error(`${status.trouble.join("; ")}; "daimon logs" says more`);
  return `version ${status.version} answers (pid ${status.pid})`;
}
