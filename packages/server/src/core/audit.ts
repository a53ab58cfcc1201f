import {
  type Actor,
  type Audited,
  fit,
  given,
  type ParamsOf,
  type Recorded,
  type ResultOf,
  type SessionView,
} from "@daimon/protocol";
import type { Store } from "./ports.ts";

/**
 * What was decided about what the assistant does: who was asked, who answered, what ran and what let it. It is told from the
 * events, in the transaction in which they are written, and stays when their session is deleted.
 */

const wordsAtMost = 300;

export type Redact = (text: string) => string;

/** What an event decides; nothing where it is of another kind. `before`: the session as it was then. */
export function auditedBy(before: SessionView, recorded: Recorded, redact: Redact): Audited[] {
  const decided = decidedBy(before, recorded);
  if (!decided) return [];
  const { because, ...rest } = decided;
  const words = because === undefined || because === "" ? {} : { because: fit(redact(because), wordsAtMost).text };
  return [{ at: recorded.at, session: before.id, seq: recorded.seq, ...rest, ...words }];
}

type Decided = Omit<Audited, "at" | "session" | "seq">;

function decidedBy(before: SessionView, { by, event }: Recorded): Decided | undefined {
  const whose = before.turn.is === "idle" ? by : before.turn.by;
  switch (event.type) {
    case "ask.opened": {
      if (event.kind !== "approval") return undefined;
      const { digest, about } = event;
      return { what: "asked", by: whose, digest, ...given({ tool: about?.tool, because: about?.why }) };
    }
    case "ask.answered": {
      const { allow, scope = "once", reason } = event;
      const because = [scope === "once" ? "" : `for ${scope}`, reason ?? ""].filter((part) => part !== "").join(": ");
      return ofAsk(before, event.ask, allow ? "allowed" : "denied", by, because);
    }
    case "ask.expired":
      return ofAsk(before, event.ask, "expired", by, event.why);
    case "rule.added":
      return { what: "rule added", by, tool: event.tool, because: ruleWords(event) };
    case "rule.removed": {
      const rule = before.rules.find((one) => one.rule === event.rule);
      return { what: "rule removed", by, because: event.rule, ...given({ tool: rule?.tool }) };
    }
    case "call.finished":
      return ofCall(before, event, whose, by);
    default:
      return undefined;
  }
}

export const ruleWords = ({ rule, allow }: { rule: string; allow: boolean }): string =>
  `${rule} ${allow ? "allows" : "forbids"}`;

function ofAsk(
  { asks }: SessionView,
  id: number,
  what: Audited["what"],
  by: Actor,
  because: string,
): Decided | undefined {
  const ask = asks.find((open) => open.id === id);
  if (ask?.kind !== "approval") return undefined;
  return { what, by, digest: ask.digest, because, ...given({ tool: ask.about?.tool }) };
}

/** What ran because something let it, and what policy forbade. What nothing needs to let, as a look, is in the log alone. */
function ofCall(
  { turn }: SessionView,
  { call: id, ok, outcome, exit, value }: Extract<Recorded["event"], { type: "call.finished" }>,
  whose: Actor,
  by: Actor,
): Decided | undefined {
  const call = turn.is === "idle" ? undefined : turn.calls.find((pending) => pending.id === id);
  if (!call) return undefined;
  const { tool, state, allowed, digest } = call;
  if (state === "started" && allowed !== undefined)
    return { what: "ran", by: whose, tool, because: allowed, ok, ...given({ digest, outcome, exit }) };
  return outcome === "denied" && state !== "denied" ? { what: "denied", by, tool, because: value.text } : undefined;
}

/** A page of it, oldest first; `next` leads to what came before. */
export async function trail(
  store: Pick<Store, "audited">,
  { sessionId, tool, since, before, limit = 100 }: ParamsOf<"audit">,
): Promise<ResultOf<"audit">> {
  const [at, id] = before?.split(".").map(Number) ?? [];
  const found = await store.audited({
    ...given({ session: sessionId, tool, since }),
    ...(at === undefined || id === undefined ? {} : { before: { at, id } }),
    limit,
  });
  const first = found.at(-1);
  return {
    rows: found.map(({ row }) => row).toReversed(),
    ...(first && found.length === limit ? { next: `${first.row.at}.${first.id}` } : {}),
  };
}
