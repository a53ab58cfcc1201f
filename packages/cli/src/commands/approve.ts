import { DaimonError } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { findSession, withClient } from "../open.ts";
import { answerWords, askedLines, digestShown, respond, scopeNamed } from "../session/approval.ts";
import { pickAsk } from "../session/asks.ts";

export const command = (given: Arguments): Promise<Exit> => answerApproval(given, true);

/** Answers exactly what it prints: the daemon refuses where that is not what is asked by then. */
export async function answerApproval(given: Arguments, allow: boolean): Promise<Exit> {
  const scope = given.option("scope");
  const reason = given.option("reason");
  const answer = {
    allow,
    ...(scope === undefined ? {} : { scope: scopeNamed(scope) }),
    ...(reason === undefined ? {} : { reason }),
  };
  await withClient(async (client) => {
    const { id } = await findSession(client, given.needed("SESSION"));
    const { asks } = await client.request("session/get", { sessionId: id });
    const ask = pickAsk(asks, ["approval"], given.word("ASK"));
    mustBeSeen(ask.digest, given.option("digest"));
    process.stdout.write(`${askedLines(ask, Date.now()).join("\n")}\n`);
    await respond(client, id, ask, answer);
    process.stdout.write(`${answerWords(answer)}\n`);
  });
  return exits.done;
}

function mustBeSeen(digest: string, seen: string | undefined): void {
  if (seen === undefined || (seen.length >= digestShown && digest.startsWith(seen.toLowerCase()))) return;
  if (!/^[0-9a-f]{12,64}$/i.test(seen))
    throw usage(`--digest is the SHA-256 that was shown, or the first ${digestShown} of it`);
  throw new DaimonError(
    "conflict",
    `what is asked has the SHA-256 ${digest.slice(0, digestShown)} and not ${seen.slice(0, digestShown)}; look again`,
  );
}
