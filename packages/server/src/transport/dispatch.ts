import { type Actor, DaimonError, type Method, nearest } from "@daimon/protocol";
import { commands, type Row } from "@daimon/protocol/schema";
import type { TSchema } from "typebox";
import { faultIn, fits } from "../check.ts";
import { atLeast } from "../core/roles.ts";
import type { Caller, Hub, Link, Log, Principal, Settle } from "../core/ports.ts";
import { checkReach } from "../core/tokens.ts";
import { type Desk, isAtDesk } from "./desk.ts";
import { asRefusal } from "./refusals.ts";

export type Dispatch = {
  /** Refuses what may not be asked now, is not in the table, has wrong parameters or is not for this role. */
  admit(caller: Caller, method: string, params: unknown): Method;
  /** One row of the command table, asked by somebody. `link`: the connection that follows, where there is one. */
  ask(caller: Caller, method: string, params: unknown, settle: Settle<unknown>, link?: Link): void;
  /** From now on everything is refused: the daemon leaves. */
  drain(): void;
  readonly draining: boolean;
};

const isMethod = (name: string): name is Method => Object.hasOwn(commands, name);

export function createDispatch({ hub, desk, log }: { hub: Hub; desk: Desk; log: Log }): Dispatch {
  let draining = false;

  function admit(caller: Caller, method: string, params: unknown): Method {
    if (draining) throw new DaimonError("draining", "the daemon is stopping; try again once it is back");
    if (!isMethod(method)) throw unknownMethod(method);
    const row: Row = commands[method];
    // Before all else: who may not ask is told nothing of what would be taken.
    if (!atLeast(caller.role, row.least))
      throw new DaimonError("forbidden", `${method} needs the role ${row.least}; you have ${caller.role}`);
    if (!fits(row.params, params)) throw wrongParams(row.params, params);
    checkReach(caller, method, params as object);
    return method;
  }

  /** `params` were checked against the row of this very method; the types cannot follow that. */
  function pass(caller: Caller, method: Method, params: never, settle: Settle<never>, link: Link | undefined): void {
    if (isAtDesk(desk, method))
      return void desk[method](params, caller).then(
        (result) => (settle as Settle<unknown>).ok(result),
        (error: unknown) => settle.refused(asRefusal(error, log)),
      );
    if (method === "session/attach" || method === "session/detach" || method === "home/attach")
      return follow(method, params, settle, link);
    hub.submit(caller, method, params, settle);
  }

  function follow(
    method: "session/attach" | "session/detach" | "home/attach",
    params: { sessionId: string },
    settle: Settle<unknown>,
    link: Link | undefined,
  ): void {
    if (!link) throw new DaimonError("unsupported", `${method} needs a connection that stays: use the WebSocket`);
    if (method === "session/attach") return hub.attach(link, params, settle);
    if (method === "home/attach") return hub.home(link, settle);
    hub.detach(link, params.sessionId);
    settle.ok({});
  }

  return {
    admit,
    ask(caller, method, params, settle, link) {
      try {
        pass(caller, admit(caller, method, params), params as never, settle, link);
      } catch (error) {
        settle.refused(asRefusal(error, log));
      }
    },
    drain() {
      draining = true;
    },
    get draining() {
      return draining;
    },
  };
}

export const callerAs = ({ role, sessions }: Principal, actor: Actor): Caller => ({
  actor,
  role,
  ...(sessions ? { sessions } : {}),
});

/** The same as a promise, for those who wait for one answer. */
export const answerOf = (dispatch: Dispatch, caller: Caller, method: Method, params: unknown): Promise<unknown> =>
  new Promise((ok, refused) => dispatch.ask(caller, method, params, { ok, refused }));

function unknownMethod(method: string): DaimonError {
  const close = nearest(method, Object.keys(commands));
  const shown = JSON.stringify(method.slice(0, 64));
  return new DaimonError("unsupported", `there is no method ${shown}${close ? `; did you mean "${close}"?` : ""}`);
}

export function wrongParams(schema: TSchema, params: unknown): DaimonError {
  const { path, says } = faultIn(schema, params);
  const where = ["params", ...path].join(".");
  return new DaimonError("invalid", `${where} ${says}`, { details: { path: where } });
}
