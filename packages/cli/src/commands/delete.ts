import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { findSession, withClient } from "../open.ts";

export async function command(given: Arguments): Promise<Exit> {
  await withClient(async (client) => {
    const { id } = await findSession(client, given.needed("SESSION"));
    await client.request("session/delete", { sessionId: id });
  });
  return exits.done;
}
