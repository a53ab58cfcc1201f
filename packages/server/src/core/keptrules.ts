import {
  type Actor,
  type Audited,
  DaimonError,
  type ParamsOf,
  type Recorded,
  type ResultOf,
  type SessionView,
} from "@daimon/protocol";
import { nameOf } from "./actors.ts";
import { ruleWords } from "./audit.ts";
import { sha256Of } from "./digest.ts";
import type { Clock, KeptRule, Log, Rules, Store, Trust } from "./ports.ts";

/** Rules of the user's own, that outlive the session in which somebody gave the answer. */

type RulePorts = { rules: Rules; trust: Pick<Trust, "of">; store: Pick<Store, "audit">; log: Log };

/** An answer that shall hold beyond its session becomes a rule of the user's, once it is on record that somebody gave it. */
export async function keepRule(
  ports: RulePorts,
  recorded: Recorded,
  before: SessionView,
  warn: (why: string) => void,
): Promise<void> {
  const { seq, event, by, at } = recorded;
  if (event.type !== "ask.answered" || (event.scope !== "project" && event.scope !== "always")) return;
  const about = before.asks.find(({ id }) => id === event.ask)?.about?.rule;
  if (!about) return;
  try {
    const project: Pick<KeptRule, "project"> =
      event.scope === "project" ? { project: (await ports.trust.of(before.cwd)).folder } : {};
    const rule = { ...about, ...project, allow: event.allow === true };
    const kept: KeptRule = { rule: `${about.tool}-${sha256Of(rule).slice(0, 8)}`, ...rule, at, by: nameOf(by) };
    await ports.rules.keep(kept);
    const because = `${ruleWords(kept)} ${project.project === undefined ? "everywhere" : `in ${project.project}`}`;
    await witness(ports, { at, what: "rule added", by, session: before.id, seq, tool: rule.tool, because });
  } catch (error) {
    ports.log("error", "a rule could not be kept", { error: String(error) });
    warn(`the answer holds for this once only: the rule could not be kept (${(error as Error).message})`);
  }
}

/** What the file says holds, whether it could be written down that it came or went. */
async function witness({ store, log }: RulePorts, row: Audited): Promise<void> {
  try {
    await store.audit(row);
  } catch (error) {
    log("error", "daimon audit will not tell of a rule", { rule: row.because, what: row.what, error: String(error) });
  }
}

/** Those that are kept; of a session, those that hold there, its own last. */
export async function list({ rules, trust }: RulePorts, session?: SessionView): Promise<ResultOf<"rule/list">> {
  const kept = await rules.kept();
  const here = session && (await trust.of(session.cwd)).folder;
  const holding = kept.filter(({ project }) => here === undefined || project === undefined || project === here);
  return {
    rules: [
      ...holding.map((rule) => ({
        ...rule,
        holds: rule.project === undefined ? ("always" as const) : ("project" as const),
      })),
      ...(session?.rules ?? []).map((rule) => ({ ...rule, holds: "session" as const, by: nameOf(rule.by) })),
    ],
  };
}

/** Takes back one that is kept; a session's own goes by an event of that session. */
export async function revoke(
  ports: RulePorts & { clock: Pick<Clock, "now"> },
  by: Actor,
  { rule }: ParamsOf<"rule/revoke">,
): Promise<ResultOf<"rule/revoke">> {
  if (!(await ports.rules.revoke(rule)))
    throw new DaimonError("not_found", `no rule ${rule} is kept; "daimon approvals" lists them`);
  ports.log("info", "a rule was taken back", { rule, by: by.principal, name: by.name });
  await witness(ports, { at: ports.clock.now(), what: "rule removed", by, because: rule });
  return {};
}
