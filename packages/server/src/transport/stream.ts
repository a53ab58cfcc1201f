import { DaimonError } from "@daimon/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { once } from "node:events";
import type { Caller, Clock, Hub, Log } from "../core/ports.ts";
import type { Dispatch } from "./dispatch.ts";
import { follow } from "./follow.ts";
import { safeHeaders } from "./refusals.ts";

export type StreamPorts = { dispatch: Dispatch; hub: Hub; clock: Clock; log: Log };

const beatEvery = 15_000;

export const wantsStream = (request: FastifyRequest): boolean =>
  /\btext\/event-stream\b/.test(request.headers.accept ?? "");

/** The log of a session as server-sent events: what is after `after`, then what comes. `id` is the seq. */
export async function streamEvents(
  { dispatch, hub, clock, log }: StreamPorts,
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  { sessionId, after = 0 }: { sessionId: string; after?: number },
  left: AbortSignal,
): Promise<void> {
  const { raw } = reply;
  const following = await follow({ dispatch, hub }, caller, sessionId, left, () => raw.writableLength);
  const events = await following.from(resumed(request) ?? after);
  // Only now: until here a refusal is an ordinary answer.
  reply.hijack();
  raw.writeHead(200, {
    "content-type": "text/event-stream",
    ...safeHeaders,
  });
  raw.flushHeaders();
  let cancelBeat = beat();
  try {
    for await (const recorded of events) {
      if (!raw.write(`id: ${recorded.seq}\ndata: ${JSON.stringify(recorded)}\n\n`))
        await once(raw, "drain", { signal: left });
    }
  } catch (error) {
    if (!left.aborted) log("warn", "a stream of events broke", { session: sessionId, error });
  } finally {
    cancelBeat();
    following.end();
    raw.end();
  }

  /** Tells both sides that the other is there. */
  function beat(): () => void {
    return clock.after(beatEvery, () => {
      raw.write(": heartbeat\n\n");
      cancelBeat = beat();
    });
  }
}

function resumed(request: FastifyRequest): number | undefined {
  const header = request.headers["last-event-id"];
  if (header === undefined) return undefined;
  const seq = Number(header);
  if (!Number.isSafeInteger(seq) || seq < 0)
    throw new DaimonError("invalid", "Last-Event-ID must be the seq of an event");
  return seq;
}
