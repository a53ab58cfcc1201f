import { DaimonError, type Role } from "@daimon/protocol";
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Whose token it was and what that may do. The server says so, never the client. */
export type Principal = { name: string; role: Role };
export type Gate = (headers: IncomingHttpHeaders) => Principal;

const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();

/** Every way in asks for a token, the Unix socket too. No answer tells a missing token from a wrong one. */
export function createGate(principals: ReadonlyMap<string, Principal>): Gate {
  const known = [...principals].map(([token, principal]) => ({ digest: digestOf(token), principal }));
  return (headers) => {
    const digest = digestOf(presented(headers));
    // All are compared, in constant time: how long it takes says nothing about which was close.
    const found = known.filter((one) => timingSafeEqual(one.digest, digest));
    if (found[0]) return found[0].principal;
    throw new DaimonError(
      "unauthorized",
      "this needs the daemon's token: Authorization: Bearer dmn_..., or the subprotocol daimon.auth.TOKEN",
    );
  };
}

const authProtocol = "daimon.auth.";
export const subprotocol = "daimon.v1";

/** The subprotocols that a WebSocket client offers, without the one that carries its token. */
export const offeredBy = (headers: IncomingHttpHeaders): string[] =>
  protocolsOf(headers).filter((name) => !name.startsWith(authProtocol));

function presented(headers: IncomingHttpHeaders): string {
  const carried = protocolsOf(headers).find((name) => name.startsWith(authProtocol));
  return carried?.slice(authProtocol.length) ?? /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
}

const protocolsOf = (headers: IncomingHttpHeaders): string[] =>
  (headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
