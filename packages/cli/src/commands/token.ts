import type { ResultOf, Role } from "@daimon/protocol";
import { sanitise } from "@daimon/protocol/sanitise";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { nearest } from "../nearest.ts";
import { findSession, type Opened, withClient } from "../open.ts";
import { ago } from "../session/ago.ts";
import { columns } from "../views/columns.ts";

type Known = ResultOf<"token/list">["tokens"][number];
/** What was typed is read before anybody is asked. */
type Act = (given: Arguments, named: string | undefined) => (client: Opened) => Promise<string>;

const acts: Record<string, Act> = { create, list, revoke, rotate };
const roles: readonly Role[] = ["observe", "operate", "approve", "admin"];
const forCreate = ["role", "session", "ttl", "name"] as const;

export async function command(given: Arguments): Promise<Exit> {
  const name = given.needed("create|list|revoke|rotate");
  const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
  if (!act) {
    const meant = nearest(name, Object.keys(acts));
    throw usage(
      `token has no "${name}"; ${meant ? `did you mean "${meant}"?` : "it has create, list, revoke, rotate"}`,
    );
  }
  const misplaced = name === "create" ? undefined : forCreate.find((option) => given.flag(option));
  if (misplaced) throw usage(`--${misplaced} is for token create`);
  const named = given.word("TOKEN");
  if (named !== undefined && (act === create || act === list))
    throw usage(act === create ? `a name is given with --name ${named}` : "token list takes no TOKEN");
  const done = act(given, named);
  process.stdout.write(await withClient(done));
  return exits.done;
}

function create(given: Arguments): (client: Opened) => Promise<string> {
  const role = roles.find((one) => one === given.option("role"));
  if (!role)
    throw usage("say what it may do: --role observe (look), operate (ask), approve (answer asks) or admin (all)");
  const ttl = given.option("ttl");
  const name = given.option("name");
  const wish = {
    role,
    ...(ttl === undefined ? {} : { ttl: secondsIn(ttl) }),
    ...(name === undefined ? {} : { name }),
  };
  return async (client) => {
    const sessions: string[] = [];
    for (const session of given.all("session")) sessions.push((await findSession(client, session)).id);
    const made = await client.request("token/create", { ...wish, ...(sessions.length > 0 ? { sessions } : {}) });
    if (given.flag("json")) return json(made);
    process.stderr.write(
      sanitise(`daimon: ${describe(made)}; it is shown this once, keep it where only its user reads it\n`),
    );
    return `${made.token}\n`;
  };
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** "30d", "12h", "45m", "90s" */
function secondsIn(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw usage(`--ttl ${text} is no time; write it as 30d, 12h, 45m or 90s`);
  return Number(count) * units[unit as keyof typeof units];
}

function list(given: Arguments): (client: Opened) => Promise<string> {
  return async (client) => {
    const listed = await client.request("token/list", {});
    if (given.flag("json")) return json(listed);
    const now = Date.now();
    return sanitise(columns([heads, ...listed.tokens.map((token) => row(token, now))]));
  };
}

const heads = ["id", "name", "role", "used", "ends", "sessions"];

const row = ({ id, name, role, used, expires, sessions }: Known, now: number): string[] => [
  id,
  name,
  role,
  used === undefined ? "never" : `${ago(now - used)} ago`,
  expires === undefined ? "never" : expires <= now ? "ended" : `in ${ago(expires - now)}`,
  sessions?.join(" ") ?? "all",
];

function revoke(given: Arguments, named: string | undefined): (client: Opened) => Promise<string> {
  if (named === undefined) throw usage('name the token; "daimon token list" lists them');
  return async (client) => {
    await client.request("token/revoke", { token: named });
    return given.flag("json") ? json({}) : sanitise(`${named} opens nothing any more; what it had open is closed\n`);
  };
}

function rotate(given: Arguments, named = "owner"): (client: Opened) => Promise<string> {
  return async (client) => {
    const renewed = await client.request("token/rotate", { token: named });
    if (given.flag("json")) return json(renewed);
    if (renewed.token === undefined)
      return sanitise(`the home's token is another now, in ${renewed.file}; what the old one had open is closed\n`);
    process.stderr.write(
      sanitise(`daimon: ${describe(renewed)}; it is shown this once, and the old one opens nothing any more\n`),
    );
    return `${renewed.token}\n`;
  };
}

function describe({ name, role, sessions, expires }: Known): string {
  const where = sessions ? ` in ${sessions.length === 1 ? "one session" : `${sessions.length} sessions`}` : "";
  const until = expires === undefined ? "until it is revoked" : `until ${new Date(expires).toISOString()}`;
  return `this is the token ${name}, with the role ${role}${where}, ${until}`;
}

const json = (value: object): string => `${JSON.stringify(value)}\n`;
