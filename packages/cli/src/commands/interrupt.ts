import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { findSession, withClient } from "../open.ts";

export async function command(given: Arguments): Promise<Exit> {
  await withClient(async (client) => {
    const { id } = await findSession(client, given.needed("SESSION"));
    const { target } = await client.request("session/interrupt", { sessionId: id });
    process.stdout.write(target === "summary" ? "the summary is given up\n" : `the running ${target} is interrupted\n`);
  });
  return exits.done;
}
