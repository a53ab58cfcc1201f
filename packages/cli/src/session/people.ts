import type { Actor, Present } from "@daimon/protocol";
import { hostname } from "node:os";

/** Who is who, in words that people use. */

/** What this client calls its user. Where the system knows no name, the machine and the terminal do. */
export function userName(env: NodeJS.ProcessEnv, tty: string | undefined): string {
  const name = env["USER"] || env["LOGNAME"] || [hostname(), tty].filter(Boolean).join("-");
  return name.slice(0, 80);
}

export const sameActor = (a: Actor, b: Actor): boolean =>
  a.principal === b.principal && a.name === b.name && a.client === b.client;

/** The assistant's cells are the daemon's: nobody else types as "ai". */
export const nameOf = ({ name, principal, client }: Actor): string =>
  client === "daemon" || client === "task" ? (name === "assistant" ? "ai" : (name ?? client)) : (name ?? principal);

export function listPresent(present: readonly Present[]): string {
  const names = present.map(
    ({ by, attachments }) => nameOf(by) + (attachments > 1 ? ` (${attachments} terminals)` : ""),
  );
  return names.join(", ") || "nobody";
}

/** Who came and who left, as sentences. */
export function presenceNews(before: readonly Present[], now: readonly Present[]): string[] {
  const count = (present: readonly Present[], by: Actor) =>
    present.find((one) => sameActor(one.by, by))?.attachments ?? 0;
  const came = now.filter(({ by }) => count(before, by) === 0).map(({ by }) => `${nameOf(by)} is here`);
  const left = before.filter(({ by }) => count(now, by) === 0).map(({ by }) => `${nameOf(by)} left`);
  return [...came, ...left];
}
