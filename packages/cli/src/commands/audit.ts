import type { Audited } from "@daimon/protocol";
import { sanitise } from "@daimon/protocol/sanitise";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { findSession, type Opened, shortId, wholeId, withClient } from "../open.ts";
import { digestShown } from "../session/approval.ts";
import { durationOf } from "../session/duration.ts";
import { nameOf } from "../session/people.ts";
import { columns } from "../views/columns.ts";

const atOnce = 500;

export async function command(given: Arguments): Promise<Exit> {
  const since = sinceOf(given.option("since"), Date.now());
  const limit = limitOf(given.option("limit"));
  const tool = given.option("tool");
  const named = given.word("SESSION");
  const rows = await withClient(async (client) => {
    const sessionId = named === undefined ? undefined : await idOf(client, named);
    return newest(client, limit, {
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(since === undefined ? {} : { since }),
      ...(tool === undefined ? {} : { tool }),
    });
  });
  if (given.flag("json")) process.stdout.write(`${JSON.stringify({ rows })}\n`);
  else
    process.stdout.write(rows.length === 0 ? "nothing was decided\n" : sanitise(columns([heads, ...rows.map(line)])));
  return exits.done;
}

/** What was decided in a session outlives it: a whole id needs no session. */
const idOf = async (client: Opened, named: string): Promise<string> =>
  wholeId.test(named) ? named : (await findSession(client, named)).id;

async function newest(
  client: Opened,
  limit: number,
  query: { sessionId?: string; since?: number; tool?: string },
): Promise<Audited[]> {
  let rows: Audited[] = [];
  let before: string | undefined;
  do {
    const page = await client.request("audit", {
      ...query,
      limit: Math.min(atOnce, limit - rows.length),
      ...(before === undefined ? {} : { before }),
    });
    rows = [...page.rows, ...rows];
    before = page.next;
  } while (before !== undefined && rows.length < limit);
  return rows;
}

const heads = ["when", "session", "what", "tool", "by", "exit", "SHA-256", "because"];

function line({
  at,
  session = "",
  what,
  tool = "",
  by,
  exit,
  ok,
  outcome,
  digest = "",
  because = "",
}: Audited): string[] {
  const person = by.client === "daemon" ? nameOf(by) : `${nameOf(by)} (${by.principal}, ${by.client})`;
  const ended = outcome ?? (ok === false ? "failed" : "");
  return [
    local(at),
    shortId(session),
    what,
    tool,
    what === "asked" || what === "ran" ? `ai for ${person}` : person,
    exit === undefined ? ended : String(exit),
    digest.slice(0, digestShown),
    because,
  ];
}

/** As the clock on the wall had it. */
function local(at: number): string {
  const time = new Date(at);
  return new Date(at - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace("T", " ");
}

function sinceOf(word: string | undefined, now: number): number | undefined {
  if (word === undefined) return undefined;
  const ms = durationOf(word);
  if (ms !== undefined) return now - ms;
  const date = /^\d{4}-\d\d-\d\d/.test(word) ? new Date(word.length === 10 ? `${word}T00:00` : word).getTime() : NaN;
  if (!(date >= 0)) throw usage(`--since is written as 30m, 12h, 7d or a date as 2026-01-31, and not as "${word}"`);
  return date;
}

function limitOf(word = "100"): number {
  const limit = /^\d{1,6}$/.test(word) ? Number(word) : 0;
  if (limit < 1) throw usage(`--limit is a number from 1 on, and not "${word}"`);
  return limit;
}
