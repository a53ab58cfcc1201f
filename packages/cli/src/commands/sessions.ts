import type { Summary } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { type Opened, withClient } from "../open.ts";
import { ago } from "../session/ago.ts";
import { sanitise } from "@daimon/protocol/sanitise";
import { columns } from "../views/columns.ts";

export async function command(given: Arguments): Promise<Exit> {
  const sessions = await withClient((client) => all(client, given.word("QUERY")));
  if (given.flag("json")) process.stdout.write(`${JSON.stringify({ sessions })}\n`);
  else process.stdout.write(sessions.length === 0 ? "no sessions\n" : table(sessions, Date.now()));
  return exits.done;
}

async function all(client: Opened, query: string | undefined): Promise<Summary[]> {
  const found: Summary[] = [];
  let before: number | undefined;
  do {
    const page = await client.request("session/list", {
      limit: 200,
      ...(query === undefined ? {} : { query }),
      ...(before === undefined ? {} : { before }),
    });
    found.push(...page.sessions);
    before = page.next;
  } while (before !== undefined);
  return found;
}

function table(sessions: readonly Summary[], now: number): string {
  const rows = sessions.map((session) => [
    session.id,
    doing(session),
    ago(now - session.at),
    oneLine(session.title || session.preview || "(nothing yet)", 40),
    oneLine(session.cwd, 200),
  ]);
  return columns(rows);
}

const doing = ({ doing: now, asks, quarantined }: Summary): string =>
  quarantined === undefined ? (asks > 0 ? "asks" : now) : "unreadable";

const oneLine = (text: string, length: number): string => {
  const line = sanitise(text).replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 3)}...` : line;
};
