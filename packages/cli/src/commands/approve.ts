import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { findSession, withClient } from "../open.ts";
import { pickAsk } from "../session/asks.ts";

export const command = (given: Arguments): Promise<Exit> => answerApproval(given, true);

export async function answerApproval(given: Arguments, allow: boolean): Promise<Exit> {
  await withClient(async (client) => {
    const { id } = await findSession(client, given.needed("SESSION"));
    const { asks } = await client.request("session/get", { sessionId: id });
    const ask = pickAsk(asks, ["approval"], given.word("ASK"));
    const reason = given.option("reason");
    await client.request("session/answer", {
      sessionId: id,
      askId: ask.id,
      digest: ask.digest,
      allow,
      ...(reason === undefined ? {} : { reason }),
    });
  });
  return exits.done;
}
