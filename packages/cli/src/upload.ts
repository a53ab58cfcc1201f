import { DaimonError, type ErrorCode, isErrorCode } from "@daimon/protocol";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { exits, Failure } from "./failure.ts";

/** Loaded only where somebody pipes in a megabyte: `http` costs more than the rest of a start. */

type Answer = { sha256?: string; error?: { code: ErrorCode; message: string } };
export type Target = ({ socketPath: string } | { host: string; port: number; secure: boolean }) & { token: string };

/** Puts a text that is too long for a frame as a blob; answers the name by which a command finds it. */
export async function upload({ token, ...to }: Target, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const lost = (cause: Error) =>
    reject(new Failure(exits.noDaemon, `the daemon left before it had all of the text: ${cause.message}`, { cause }));
  const headers = { authorization: `Bearer ${token}`, "content-type": "text/plain; charset=utf-8" };
  const options = { ...to, method: "PUT", path: "/api/v1/blobs", agent: false as const, headers };
  const answered = (response: IncomingMessage) => {
    json(response).then((answer) => {
      const { sha256, error } = answer as Answer;
      if (sha256 !== undefined) resolve(sha256);
      else reject(new DaimonError(isErrorCode(error?.code) ? error.code : "invalid", error?.message ?? "no reason"));
    }, lost);
  };
  const ask = "secure" in to && to.secure ? (await import("node:https")).request : request;
  ask(options, answered).on("error", lost).end(text);
  return promise;
}
