import type { Recorded, SessionView } from "@daimon/protocol";
import { nameOf } from "./actors.ts";
import { sha256Of } from "./digest.ts";
import type { KeptRule, Log, Rules, Trust } from "./ports.ts";

/** An answer that shall hold beyond its session becomes a rule of the user's, once it is on record that somebody gave it. */
export async function keepRule(
  { rules, trust, log }: { rules: Rules; trust: Trust; log: Log },
  { event, by, at }: Recorded,
  before: SessionView,
  warn: (why: string) => void,
): Promise<void> {
  if (event.type !== "ask.answered" || (event.scope !== "project" && event.scope !== "always")) return;
  const about = before.asks.find(({ id }) => id === event.ask)?.about?.rule;
  if (!about) return;
  try {
    const project = event.scope === "project" ? { project: (await trust.of(before.cwd)).folder } : {};
    const rule = { ...about, ...project, allow: event.allow === true };
    const kept: KeptRule = { rule: `${about.tool}-${sha256Of(rule).slice(0, 8)}`, ...rule, at, by: nameOf(by) };
    await rules.keep(kept);
  } catch (error) {
    log("error", "a rule could not be kept", { error: String(error) });
    warn(`the answer holds for this once only: the rule could not be kept (${(error as Error).message})`);
  }
}
