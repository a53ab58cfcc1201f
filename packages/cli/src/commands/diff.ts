import { sanitise } from "@daimon/protocol/sanitise";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { sessionNamed, withClient } from "../open.ts";
import { diffLines, leftLines, turnNamed } from "../session/filewords.ts";
import { paintFor } from "../term/colour.ts";

export async function command(given: Arguments): Promise<Exit> {
  await withClient(async (client) => {
    const { id, cwd } = await sessionNamed(client, given.word("SESSION"));
    const changed = await client.request("session/diff", { sessionId: id, ...turnOption(given) });
    const { stdout, stderr } = process;
    if (given.flag("json")) return void stdout.write(`${JSON.stringify(changed)}\n`);
    // Into a file or a pipe it goes as it is.
    const clean = stdout.isTTY ? sanitise : (text: string) => text;
    stdout.write(`${diffLines(changed, cwd, paintFor(process.env, stdout.isTTY), clean).join("\n")}\n`);
    for (const line of leftLines(changed.left, cwd)) stderr.write(`${line}\n`);
  });
  return exits.done;
}

export function turnOption(given: Arguments): { turn?: number } {
  const text = given.option("turn");
  if (text === undefined) return {};
  const turn = turnNamed(text);
  if (turn === undefined) throw usage(`--turn takes the number of a turn, not ${text}`);
  return { turn };
}
