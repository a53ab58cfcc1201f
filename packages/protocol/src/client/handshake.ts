import { closeCodes } from "../errors.ts";

/**
 * RFC 6455 wants a fresh key at every connection so that no cache between the two can answer for the server.
 * On the daemon's own socket, on this machine and within TLS there is none: one fixed key proves as well that the other side speaks WebSocket,
 * and its answer can be known beforehand, without SHA-1 and without loading `crypto` at every start.
 */
const key = "ZGFpbW9uLnYxLmxvY2FsIQ==";
const accept = "8MWedlXgl7PEnBnZ79vNzhEoDe0=";
const subprotocol = "daimon.v1";

export const upgradeRequest = (path: string, token: string, host = "localhost"): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Protocol: ${subprotocol}`,
    `Authorization: Bearer ${token}`,
    "\r\n",
  ].join("\r\n");

export type Answer = { is: "open"; rest: Buffer } | { is: "refused"; code: number; reason: string };

const maxHead = 16 * 1024;
const maxBody = 16 * 1024;
const notOurs = (what: string): Answer => ({
  is: "refused",
  code: 1002,
  reason: `what answers there is not a daimon this client can talk to: ${what}`,
});

/** Reads the answer to an upgrade from `bytes`; undefined: not all of it is there yet. `ended`: no more will come. */
export function readAnswer(bytes: Buffer, ended: boolean): Answer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return bytes.length > maxHead ? notOurs("its answer has no end") : undefined;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (!status) return notOurs("it does not speak HTTP");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const rest = bytes.subarray(end + 4);
  if (status === "101") return upgraded(headers, rest);

  const length = Number(headers.get("content-length") ?? NaN);
  const whole = ended || rest.length >= Math.min(Number.isNaN(length) ? Infinity : length, maxBody);
  return whole ? refused(Number(status), messageIn(rest)) : undefined;
}

function upgraded(headers: Map<string, string>, rest: Buffer): Answer {
  if (headers.get("upgrade")?.toLowerCase() !== "websocket") return notOurs("it upgrades to something else");
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(headers.get("connection") ?? "")) return notOurs("it did not upgrade");
  if (headers.get("sec-websocket-accept") !== accept) return notOurs("its Sec-WebSocket-Accept is wrong");
  if (headers.has("sec-websocket-extensions")) return notOurs("it wants an extension nobody offered");
  if (headers.get("sec-websocket-protocol") !== subprotocol) return notOurs(`it does not speak ${subprotocol}`);
  return { is: "open", rest };
}

/** The sentence of a daimon error, when the body is one. */
function messageIn(body: Buffer): string | undefined {
  try {
    const message: unknown = JSON.parse(body.toString("utf8"))?.error?.message;
    return typeof message === "string" && message !== "" ? message : undefined;
  } catch {
    return undefined; // any other body says nothing that a person would understand
  }
}

function refused(status: number, message: string | undefined): Answer {
  const refusal = (code: number, reason: string): Answer => ({ is: "refused", code, reason: message ?? reason });
  if (status === 401) return refusal(closeCodes.token, "the daemon does not know this token; check DAIMON_TOKEN");
  if (status === 403) return refusal(closeCodes.role, "this token may not connect to the daemon");
  if (status === 426)
    return refusal(closeCodes.version, "the daemon speaks another version; update the older of the two");
  if (status === 503) return refusal(1013, "the daemon takes no connections right now");
  return refusal(1002, `the daemon answered ${status} where a WebSocket was asked for`);
}
