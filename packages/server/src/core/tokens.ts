import { DaimonError, type Method, type ParamsOf, type ResultOf, type Role } from "@daimon/protocol";
import type { Caller } from "./ports.ts";

/** Who may come in, and how far a token reaches that is for some sessions alone. */

/** Whose token it was and what that may do. The server says so, never the client. */
export type Principal = {
  readonly name: string;
  readonly role: Role;
  /** It sees these alone. */
  readonly sessions?: readonly string[];
  /** Aborted in the tick in which the token stops being good: whatever it opened is closed by that. */
  readonly gone: AbortSignal;
};

export interface Tokens {
  /** Undefined where it opens nothing: unknown, revoked or expired. */
  find(token: string): Principal | undefined;
  list(): ResultOf<"token/list">["tokens"];
  create(wish: ParamsOf<"token/create">): ResultOf<"token/create">;
  revoke(named: string): void;
  rotate(named: string): ResultOf<"token/rotate">;
  /** Writes down what was not yet. */
  close(): void;
}

type Reach = Pick<Caller, "sessions">;

export const sees = ({ sessions }: Reach, id: string): boolean => sessions === undefined || sessions.includes(id);

/** What names no session and shows nothing of others. What is not here is refused, so that a new command is not forgotten. */
const harmless: ReadonlySet<Method> = new Set([
  "initialize",
  "session/list",
  "session/find",
  "home/attach",
  "tool/list",
  "model/list",
  "daemon/status",
  "blob/put",
  "blob/get",
]);

/** Refuses what leads out of the sessions that a token is for. Others are not there for it. */
export function checkReach(caller: Reach, method: Method, params: object): void {
  if (caller.sessions === undefined) return;
  const id = "sessionId" in params ? params.sessionId : undefined;
  if (typeof id === "string" && !sees(caller, id)) throw new DaimonError("not_found", `there is no session ${id}`);
  if (leadsBeyond(method, params, id !== undefined))
    throw new DaimonError(
      "forbidden",
      `${method} is about more than the sessions that this token is for; take a token without --session`,
    );
}

function leadsBeyond(method: Method, params: object, inSession: boolean): boolean {
  // What is trusted, and what is allowed for good, holds in other sessions too.
  if (method === "session/trust") return true;
  if (method === "session/answer") {
    const { scope = "once" } = params as ParamsOf<"session/answer">;
    return scope !== "once" && scope !== "session";
  }
  return !inSession && !harmless.has(method);
}
