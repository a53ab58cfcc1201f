import { DaimonError } from "@daimon/protocol";
import type { IncomingHttpHeaders } from "node:http";
import type { Principal, Tokens } from "../core/ports.ts";

export type Gate = (url: string, headers: IncomingHttpHeaders) => Principal;

/** Every way in asks for a token, the Unix socket too. No answer tells a missing token from a wrong one. */
export const createGate =
  (tokens: Pick<Tokens, "find">): Gate =>
  (url, headers) => {
    if (tokenInAddress.test(url))
      throw new DaimonError(
        "unauthorized",
        "a token is not taken from an address, because addresses are kept in logs and histories; send it as Authorization: Bearer, and rotate this one",
      );
    const principal = tokens.find(presented(headers));
    if (principal) return principal;
    throw new DaimonError(
      "unauthorized",
      "this needs the daemon's token: Authorization: Bearer dmn_..., or the subprotocol daimon.auth.TOKEN",
    );
  };

const tokenInAddress = /dmn_[\w-]{20}|[?&](?:access_)?token=/i;
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
