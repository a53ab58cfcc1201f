import { Type } from "typebox";
import { http, look, object, row } from "./rows.ts";
import { Role, SessionId } from "./shapes.ts";

/** The commands about who may come in. */

const optional = Type.Optional;
const Moment = Type.Integer({ minimum: 0, description: "Milliseconds since 1970" });
const tenYears = 10 * 366 * 24 * 3600;

const Named = Type.String({ minLength: 1, maxLength: 64, description: "Its id or its name; owner is the home's own" });
const sessions = Type.Array(SessionId, {
  minItems: 1,
  maxItems: 50,
  description: "It sees these alone; left out it sees all",
});

/** A token as others may know it: never what opens the door. */
export const Token = object({
  id: Type.String(),
  name: Type.String({ description: "What the log of a session calls whoever comes with it" }),
  role: Role,
  sessions: optional(sessions),
  created: optional(Moment),
  expires: optional(Moment),
  used: optional({ ...Moment, description: "When it was last shown; not kept to the second over a crash" }),
});

const secret = Type.String({ description: "Shown this once; only its SHA-256 is kept" });
const admin = { least: "admin", changes: true, cli: "token" } as const;

export const tokens = {
  "token/create": row(
    object({
      role: Role,
      sessions: optional(sessions),
      ttl: optional(
        Type.Integer({ minimum: 1, maximum: tenYears, description: "Seconds it is good for; else until revoked" }),
      ),
      name: optional(
        Type.String({
          pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
          description: "Letters, digits, dots, hyphens; of no other token. Left out it is called as its id",
        }),
      ),
    }),
    object({ ...Token.properties, token: secret }),
    { ...admin, http: http("POST", "/tokens", 201) },
  ),
  "token/list": row(object({}), object({ tokens: Type.Array(Token) }), {
    ...look,
    least: "admin",
    http: http("GET", "/tokens"),
    cli: "token",
  }),
  "token/revoke": row(object({ token: Named }), object({}), { ...admin, http: http("DELETE", "/tokens/{token}") }),
  "token/rotate": row(
    object({ token: Named }),
    object({
      ...Token.properties,
      token: optional(secret),
      file: optional(Type.String({ description: "Where the home's own is kept; that one is not told" })),
    }),
    { ...admin, http: http("POST", "/tokens/{token}/rotate") },
  ),
} as const;
