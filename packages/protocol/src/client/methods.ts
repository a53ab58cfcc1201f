import type { Method, ParamsOf } from "../types.ts";

/**
 * What a lost connection means for a request that was already sent. The command table would tell, but it brings
 * the schema library along; types keep this list whole, and a test compares it with the table.
 * opId: sent again, the daemon knows it by its opId. again: doing it twice is doing it once. once: never sent twice.
 */
type TakesOpId = { [M in Method]: "opId" extends keyof ParamsOf<M> ? M : never }[Method];

export const changing = {
  "session/create": "opId",
  "session/update": "opId",
  "session/delete": "opId",
  "session/input": "opId",
  "session/cancel": "opId",
  "session/compact": "opId",
  "session/resume": "opId",
  "session/interrupt": "opId",
  "session/answer": "opId",
  "session/python": "opId",
  "session/kernel": "opId",
  "session/undo": "opId",
  "session/trust": "again",
  "rule/revoke": "once",
  "blob/put": "again",
  "config/set": "again",
  "profile/import": "once",
  "provider/login": "again",
  "provider/signin": "again",
  "provider/signedIn": "once",
  "provider/logout": "again",
  "token/create": "once",
  "token/revoke": "once",
  "token/rotate": "once",
  "daemon/stop": "once",
} as const satisfies Record<TakesOpId, "opId"> & Partial<Record<Method, "opId" | "again" | "once">>;

export const afterLoss = (method: Method): "opId" | "again" | "once" =>
  method in changing ? changing[method as keyof typeof changing] : "again";

/**
 * Unique among one user's commands of a week, and no secret: so Math.random will do, and no start pays for
 * loading `crypto`.
 */
const newPrefix = () => Math.random().toString(36).slice(2, 12).padEnd(10, "0");
export function opIds(): () => string {
  const prefix = `${Date.now().toString(36)}-${newPrefix()}${newPrefix()}`;
  let count = 0;
  return () => `${prefix}-${++count}`;
}
