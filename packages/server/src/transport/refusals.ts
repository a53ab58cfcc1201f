import { DaimonError, type ErrorCode, type ErrorDetails, errorCodes } from "@daimon/protocol";
import type { Log } from "../core/ports.ts";

/** How a refusal travels, over HTTP and over the WebSocket. */

export type RequestId = string | number | null;

/** A refusal for which HTTP has a finer status than the table of codes. */
export class DoorRefusal extends DaimonError {
  readonly status: number;
  constructor(status: number, code: ErrorCode, message: string, options?: ErrorOptions & { details?: ErrorDetails }) {
    super(code, message, options);
    this.status = status;
  }
}

/** On every answer: nothing is kept by a cache, taken for something else, framed, or told to where a link leads. */
export const safeHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
} as const;

export function httpError(refusal: DaimonError): { status: number; headers: Record<string, string>; body: object } {
  const { code, message, details } = refusal;
  const { status: usual, retry } = errorCodes[code];
  const status = refusal instanceof DoorRefusal ? refusal.status : usual;
  const headers: Record<string, string> = { ...safeHeaders };
  const later = details?.["retryAfter"];
  if (status === 429 || status === 503) headers["retry-after"] = typeof later === "number" ? `${later}` : "1";
  if (status === 401) headers["www-authenticate"] = "Bearer";
  return {
    status,
    headers,
    body: { error: { code, message, retry, ...(details ? { details } : {}) } },
  };
}

/** The same for who is not in a request that could be answered: what they sent is none, or nobody reads it. */
export function rawRefusal(refusal: DaimonError): string {
  const { status, headers, body } = httpError(refusal);
  const text = JSON.stringify(body);
  const whole = { "content-type": "application/json", "content-length": Buffer.byteLength(text), connection: "close" };
  const lines = Object.entries({ ...headers, ...whole }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Refused\r\n${lines.join("")}\r\n${text}`;
}

export function rpcError(id: RequestId, refusal: DaimonError): object {
  const { code, message, details } = refusal;
  const data = { code, retry: errorCodes[code].retry, ...(details ? { details } : {}) };
  return { jsonrpc: "2.0", id, error: { code: -32000, message, data } };
}

/** What the asker is told of an error. A bug is for the log: its message may hold what is not the asker's. */
export function asRefusal(error: unknown, log: Log): DaimonError {
  if (error instanceof DaimonError) return error;
  log("error", "a bug while answering a request", { error });
  return new DaimonError("unsupported", "daimon met a bug of its own here; its log says more: daimon logs", {
    cause: error,
  });
}
