import { DaimonError, type SessionView, type Summary, version } from "@daimon/protocol";
import { type Attachment, type Client, createClient, type RequestOptions } from "@daimon/protocol/client";
import { homeOf } from "@daimon/protocol/client/home";
import { type Reach, reachDaemon } from "./daemon.ts";
import { exits, Failure, usage } from "./failure.ts";
import { later } from "./later.ts";
import { userName } from "./session/people.ts";

export type Opened = Client & Pick<Reach, "wanted" | "onStopped" | "put"> & { user: string };

export type OpenOptions = {
  /** Start the daemon when there is none. */
  starts?: boolean;
  /** Wait for a daemon that was stopped, instead of giving up. */
  stays?: boolean;
  /** Whether a person sits here who can be asked. */
  answers?: boolean;
  /** What a daemon that is started here is told. */
  args?: readonly string[];
};

/** A client of this user's daemon. */
export function openClient({ starts = true, stays = false, answers = false, args = [] }: OpenOptions = {}): Opened {
  const { env } = process;
  const user = userName(env, terminalName());
  const home = homeOf(env);
  const reach = env["DAIMON_HOST"]
    ? later(import("./elsewhere.ts").then(({ reachElsewhere }) => reachElsewhere({ home, env, stays })))
    : reachDaemon({ home, env, starts, stays, args });
  const client = createClient({
    connect: reach.connect,
    client: { name: "daimon", version, kind: "cli", user, answers },
    onLoss: reach.onLoss,
  });
  return { ...client, put: reach.put, wanted: reach.wanted, onStopped: reach.onStopped, user };
}

/** A client that lives as long as the work does. */
export async function withClient<T>(work: (client: Opened) => Promise<T>, options?: OpenOptions): Promise<T> {
  const client = openClient(options);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

function terminalName(): string | undefined {
  try {
    const name = process.getBuiltinModule("node:fs").readlinkSync("/proc/self/fd/0");
    return /^\/dev\/(?:pts|tty)/.test(name) ? name.slice("/dev/".length).replaceAll("/", "") : undefined;
  } catch {
    return undefined; // only Linux tells
  }
}

/** For what is about the daemon of this machine and no other. */
export function refuseElsewhere(command: string): void {
  const host = process.env["DAIMON_HOST"];
  if (host)
    throw usage(`"daimon ${command}" is for the daemon of this machine, and DAIMON_HOST names ${host}; unset it`);
}

/** As much of a session's id as people need to name it. */
export const shortId = (id: string): string => id.slice(0, 8);

/** How this program is called here, for sentences that say what to type. */
export const daimon = (env: NodeJS.ProcessEnv): string =>
  env["npm_lifecycle_event"] === "start" ? "npm start --" : "daimon";

/** SESSION as people write it: an id, the beginning of one, or a title. */
export async function findSession(client: Client, name: string): Promise<Summary> {
  if (name.trim() === "") throw usage('the name of the session is empty; "daimon sessions" lists them');
  return client.request("session/find", { name });
}

/** The session that is named, else the newest of this folder. */
export async function sessionNamed(client: Client, name: string | undefined): Promise<{ id: string; cwd: string }> {
  if (name !== undefined) return findSession(client, name);
  const cwd = folder();
  const id = await newestHere(client, cwd);
  if (id === undefined) throw usage('there is no session in this folder; name one: "daimon sessions" lists them');
  return { id, cwd };
}

export function folder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new Failure(exits.usage, "the folder you are in does not exist any more; change to another", {
      cause: error,
    });
  }
}

/** The newest session of this folder that a person talks in. */
export async function newestHere(client: Client, cwd: string): Promise<string | undefined> {
  const { sessions } = await client.request("session/list", { cwd, limit: 20 });
  return sessions.find(({ task, quarantined }) => task === undefined && quarantined === undefined)?.id;
}

export type NewSession = { model?: string; profile?: string; mode?: SessionView["mode"] };

export async function createSession(
  client: Client,
  cwd: string,
  settings: NewSession = {},
  options?: RequestOptions,
): Promise<string> {
  // A profile that is named here brings its own model.
  const model = settings.profile === undefined ? process.env["DAIMON_MODEL"] : undefined;
  const { id } = await client.request("session/create", { cwd, ...(model ? { model } : {}), ...settings }, options);
  return id;
}

/** Follows the session that is named, else that of this folder. */
export async function attachTo(client: Client, named: string | undefined): Promise<Attachment> {
  if (named === undefined) return client.attach(await sessionHere(client, folder()));
  if (!wholeId.test(named)) return client.attach((await findSession(client, named)).id);
  // A whole id needs no search first; what only looks like one may still be a title.
  return client.attach(named).catch(async (error: unknown) => {
    if (!(error instanceof DaimonError) || error.code !== "not_found") throw error;
    return client.attach((await findSession(client, named)).id);
  });
}
export const wholeId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The session of this folder, made if there is none. */
export async function sessionHere(client: Client, cwd: string): Promise<string> {
  const known = await newestHere(client, cwd);
  if (known !== undefined) return known;
  // Several terminals opened at the same moment ask for the same thing, and get the same session.
  const opId = `first-${hashOf(cwd)}-${Math.floor(Date.now() / 60_000)}`;
  try {
    return await createSession(client, cwd, {}, { opId });
  } catch (error) {
    // What was made under this name a moment ago is deleted already, or it was for another folder or model.
    if (!(error instanceof DaimonError) || (error.code !== "not_found" && error.code !== "op_mismatch")) throw error;
    return createSession(client, cwd);
  }
}

/** FNV-1a: `crypto` would cost more than all the rest of a start. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36);
}
