import { DaimonError, errorCodes } from "@daimon/protocol";
import type { Log } from "../core/ports.ts";

/** How a refusal travels, over HTTP and over the WebSocket. */

export type RequestId = string | number | null;

export function httpError(refusal: DaimonError): { status: number; body: object } {
  const { code, message, details } = refusal;
  const { status, retry } = errorCodes[code];
  return { status, body: { error: { code, message, retry, ...(details ? { details } : {}) } } };
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
