import type { ResultOf } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { withClient } from "../open.ts";
import { ago } from "../session/ago.ts";
import { sanitise } from "@daimon/protocol/sanitise";

export async function command(given: Arguments): Promise<Exit> {
  const status = await withClient((client) => client.request("daemon/status", {}), { starts: false });
  process.stdout.write(given.flag("json") ? `${JSON.stringify(status)}\n` : sanitise(asText(status)));
  return exits.done;
}

const asText = (status: ResultOf<"daemon/status">): string =>
  [
    `daimon ${status.version} runs (pid ${status.pid}, for ${ago(status.uptime * 1000)})`,
    `sessions  ${status.sessions}, ${status.live} of them loaded`,
    `kernels   ${status.kernels}`,
    `attached  ${status.attachments}`,
    `http      ${status.http ?? "off"}`,
    `home      ${status.home}`,
    ...status.trouble.map((trouble) => `trouble   ${trouble}`),
    "",
  ].join("\n");
