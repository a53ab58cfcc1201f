import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { findSession, withClient } from "../open.ts";
import { choiceOf, pickAsk } from "../session/asks.ts";

export async function command(given: Arguments): Promise<Exit> {
  await withClient(async (client) => {
    const { id } = await findSession(client, given.needed("SESSION"));
    const { asks } = await client.request("session/get", { sessionId: id });
    const ask = pickAsk(asks, ["stdin", "choice", "result"], given.needed("ASK"));
    const value = choiceOf(ask, given.needed("TEXT"));
    await client.request("session/answer", { sessionId: id, askId: ask.id, digest: ask.digest, value });
  });
  return exits.done;
}
