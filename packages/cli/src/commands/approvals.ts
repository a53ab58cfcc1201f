import { DaimonError } from "@daimon/protocol";
import { sanitise } from "@daimon/protocol/sanitise";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { findSession, withClient } from "../open.ts";
import { noRules, revocation, ruleHeads, ruleRow } from "../session/rulewords.ts";
import { columns } from "../views/columns.ts";

export async function command(given: Arguments): Promise<Exit> {
  const act = given.word("list|revoke") ?? "list";
  const named = given.word("RULE");
  if (act !== "list" && act !== "revoke") throw usage(`"${act}" is neither list nor revoke`);
  if ((act === "revoke") !== (named !== undefined))
    throw usage(act === "revoke" ? 'revoke needs a RULE; "daimon approvals" lists them' : "list takes no RULE");
  await withClient(async (client) => {
    const session = given.option("session");
    const sessionId = session === undefined ? undefined : (await findSession(client, session)).id;
    const { rules } = await client.request("rule/list", sessionId === undefined ? {} : { sessionId });
    if (named !== undefined) {
      const rule = rules.find((one) => one.rule === named);
      if (!rule)
        throw new DaimonError("not_found", `there is no rule ${named}; "daimon approvals" lists those that there are`);
      await client.request("rule/revoke", revocation(rule, sessionId));
    } else if (given.flag("json")) process.stdout.write(`${JSON.stringify({ rules })}\n`);
    else if (rules.length === 0) process.stdout.write(`${noRules(sessionId)}\n`);
    else process.stdout.write(sanitise(columns([ruleHeads, ...rules.map((rule) => ruleRow(rule, Date.now()))])));
  });
  return exits.done;
}
