import type { Method } from "../types.ts";
import { sizes } from "../version.ts";
import { blame, ConnectionLost, type Loss, Refusal, refusalOf } from "./errors.ts";

/** How an asker hears of it. In the tick of the reply: frames may follow it in the same breath. */
export type Outcome = { done(result: unknown): void; failed(error: Error): void };

type Pending = Outcome & { id: number; method: Method; text: string; again: boolean; sent: boolean };

export type Requests = {
  /** `again`: a lost connection does not end it; it is sent once more, word for word, on the next. Returns how to forget it. */
  ask(method: Method, params: object, again: boolean, outcome: Outcome): () => void;
  reply(message: Record<string, unknown>): void;
  up(): void;
  down(loss: Loss): void;
  end(error: Error): void;
};

/** What was asked and is not answered yet, across connections. */
export function createRequests(link: { readonly up: boolean; send(text: string): void }): Requests {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let ended: Error | undefined;

  function send(request: Pending): void {
    request.sent = true;
    link.send(request.text);
  }

  function settle(id: number): Pending | undefined {
    const request = pending.get(id);
    pending.delete(id);
    return request;
  }

  return {
    ask(method, params, again, outcome) {
      const id = ++lastId;
      const text = JSON.stringify({ jsonrpc: "2.0", id, method, params });
      const refusal = ended ?? (tooLarge(text) ? tooLargeError(method) : undefined);
      if (refusal) {
        outcome.failed(refusal);
        return () => {};
      }
      const request: Pending = { id, method, text, again, sent: false, ...outcome };
      pending.set(id, request);
      if (link.up) send(request);
      return () => void settle(id);
    },

    reply(message) {
      const request = settle(message["id"] as number); // what is no number is no id of ours
      if (message["error"] !== undefined) request?.failed(refusalOf(message["error"]));
      else request?.done(message["result"]);
    },

    up() {
      for (const request of pending.values()) if (!request.sent) send(request);
    },

    down(loss) {
      const blamed = blame(loss);
      for (const request of pending.values()) {
        if (!request.sent) continue;
        request.sent = false;
        if (request.again && !blamed) continue;
        pending.delete(request.id);
        request.failed(
          blamed ?? new ConnectionLost(`${request.method}: the connection was lost before the answer`, loss),
        );
      }
    },

    end(error) {
      ended = error;
      for (const request of pending.values()) request.failed(error);
      pending.clear();
    },
  };
}

/** UTF-8 has one to three bytes a UTF-16 code unit, so that only a text near the limit has to be counted. */
const tooLarge = (text: string): boolean =>
  text.length > sizes.frame || (text.length * 3 > sizes.frame && new TextEncoder().encode(text).length > sizes.frame);

const tooLargeError = (method: Method) =>
  new Refusal(
    "too_large",
    `${method} is larger than ${sizes.frame} bytes; put what is large into a blob and name that`,
  );
