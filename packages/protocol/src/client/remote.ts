import { connect, isIP } from "node:net";
import type { Connect } from "./types.ts";
import { type Line, openWire, type WireOptions } from "./wire.ts";

/** A daemon's address as a wire: TCP on this machine, TLS to any other. */

export type Place = { readonly url: string; readonly host: string; readonly port: number; readonly secure: boolean };
export type RemoteOptions = { place: Place } & WireOptions;

export const connectRemote =
  ({ place, ...options }: RemoteOptions): Connect =>
  (events) =>
    openWire(lineTo(place), options, events);

/** Undefined: it is no `ws://` or `wss://` address that leads to a daemon's root. */
export function placeOf(text: string): Place | undefined {
  const url = URL.parse(text);
  const plain = url?.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!url || !plain || url.pathname !== "/" || (url.protocol !== "ws:" && url.protocol !== "wss:")) return undefined;
  const secure = url.protocol === "wss:";
  return {
    url: `${url.protocol}//${url.host}`,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (secure ? 443 : 80),
    secure,
  };
}

function lineTo(place: Place): Line {
  const { url, host, port, secure } = place;
  return {
    dial: () => (secure ? dialSecurely(host, port) : connect({ host, port, noDelay: true })),
    ready: secure ? "secureConnect" : "connect",
    host: new URL(url).host,
    silence: `${url} does not answer`,
    explain: (error) => sentence(error, place),
  };
}

function dialSecurely(host: string, port: number) {
  // Loaded here: it costs more than all the rest of a start, which nobody pays who stays on this machine.
  const tls = process.getBuiltinModule("node:tls");
  // An address has no name that could be asked for.
  const socket = tls.connect({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) });
  return socket.setNoDelay(true);
}

const trustIt = "set NODE_EXTRA_CA_CERTS to the file of the certificate that you trust";
const certificates: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `signed its certificate itself; if it is yours, ${trustIt}`,
  SELF_SIGNED_CERT_IN_CHAIN: `has a certificate of an authority that nobody knows here; if it is yours, ${trustIt}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `has a certificate of an authority that nobody knows here; if it is yours, ${trustIt}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `has a certificate of an authority that nobody knows here; if it is yours, ${trustIt}`,
  CERT_HAS_EXPIRED: "has a certificate that has run out; it must be renewed there",
  CERT_NOT_YET_VALID: "has a certificate that is not good yet; look at the clocks of both machines",
  ERR_TLS_CERT_ALTNAME_INVALID: "has a certificate for other names than this; use a name that stands in it",
};

function sentence(error: NodeJS.ErrnoException, { url, host, secure }: Place): string {
  const { code = "", message } = error;
  const certificate = certificates[code];
  if (certificate !== undefined) return `${url} ${certificate}`;
  if (code === "ECONNREFUSED") return `no daemon listens at ${url}; start it there with: daimon serve --http HOST:PORT`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `nobody knows the machine ${host}; look at its name`;
  if (secure && /^ERR_SSL|^EPROTO/.test(code))
    return `what answers at ${url} does not speak TLS; look at the port, or use ws:// on this machine`;
  return `the connection to ${url} failed: ${message}`;
}
