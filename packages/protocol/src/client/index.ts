import type { ClientInfo, Method, ParamsOf, ResultOf } from "../types.ts";
import { reducerVersion } from "../version.ts";
import { follow, type Follower } from "./attachment.ts";
import type { Loss } from "./errors.ts";
import { createHome, type HomeChange } from "./home.ts";
import { type Greeting, type Next, openLink, type Timers } from "./link.ts";
import { afterLoss, opIds } from "./methods.ts";
import { createRequests } from "./requests.ts";
import type { Attachment, Connect } from "./types.ts";

export { ConnectionLost, type Loss, Refusal } from "./errors.ts";
export type { HomeChange } from "./home.ts";
export type { Greeting, Next, Timers } from "./link.ts";
export type * from "./types.ts";

export type ClientOptions = {
  connect: Connect;
  client: ClientInfo;
  /** The fold this client has; another number than the daemon's is sent whole views. */
  reducer?: number;
  log?: (line: string) => void;
  timers?: Timers;
  /**
   * Asked whenever a connection is lost or does not come about: try again with backoff ("later", as without it),
   * at once ("now": the daemon was just started), or give up ("stop"). What it throws ends the client.
   */
  onLoss?: (loss: Loss) => Next | Promise<Next>;
};

export type RequestOptions = { signal?: AbortSignal; opId?: string };

export type Client = {
  /** Who the daemon takes us for, once it has said so. */
  ready(): Promise<Greeting>;
  /**
   * Asks, and keeps asking over lost connections where that is safe. A refusal is a `Refusal` (a DaimonError),
   * a request that could not be repeated a `ConnectionLost`.
   */
  request<M extends Method>(method: M, params: ParamsOf<M>, options?: RequestOptions): Promise<ResultOf<M>>;
  /** Follows a session until detached. The same session again gives the same attachment. */
  attach(sessionId: string): Promise<Attachment>;
  /** Tells of all sessions, first whole and then what changes. Resolves, with how to stop, once the daemon has answered. */
  home(listener: (change: HomeChange) => void): Promise<() => void>;
  close(): void;
};

const realTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** A client of the daemon: one connection that comes back by itself, what was asked, and what is followed. */
export function createClient(options: ClientOptions): Client {
  const { timers = realTimers, log = () => {} } = options;
  const newOpId = opIds();
  const followers = new Map<string, { follower: Follower; attachment: Promise<Attachment> }>();
  const greeted = new Set<{ resolve(greeting: Greeting): void; reject(error: Error): void }>();
  let greeting: Greeting | undefined;
  let ended: Error | undefined;

  const link = openLink(
    { ...options, reducer: options.reducer ?? reducerVersion, timers, log, onLoss: options.onLoss },
    {
      up() {
        for (const { follower } of followers.values()) follower.up();
        home.up();
        requests.up();
      },
      greeted(said) {
        greeting = said;
        for (const waiting of greeted) waiting.resolve(said);
        greeted.clear();
      },
      message(message) {
        if ("id" in message && !("method" in message)) return requests.reply(message);
        const params = message["params"];
        if (typeof message["method"] === "string" && typeof params === "object" && params !== null)
          notified(message["method"], params as Record<string, unknown>);
        else link.distrust("a message that is neither a reply nor a notification");
      },
      down(loss) {
        for (const { follower } of followers.values()) follower.down();
        home.down();
        requests.down(loss);
      },
      ended(error) {
        ended = error;
        for (const waiting of greeted) waiting.reject(error);
        greeted.clear();
        for (const { follower } of followers.values()) follower.end(error);
        home.end(error);
        requests.end(error);
      },
    },
  );
  const requests = createRequests(link);
  const home = createHome(requests, link, timers);

  function notified(method: string, params: Record<string, unknown>): void {
    if (method === "home/frames") return home.notified(params);
    const sessionId = params["sessionId"];
    if (typeof sessionId === "string") followers.get(sessionId)?.follower.notified(method, params);
  }

  return {
    ready() {
      if (ended) return Promise.reject(ended);
      if (greeting) return Promise.resolve(greeting);
      return new Promise((resolve, reject) => greeted.add({ resolve, reject }));
    },

    request<M extends Method>(method: M, params: ParamsOf<M>, { signal, opId }: RequestOptions = {}) {
      const loss = afterLoss(method);
      const given = "opId" in params ? params.opId : undefined;
      const named = loss === "opId" ? { ...params, opId: opId ?? given ?? newOpId() } : params;
      return new Promise<ResultOf<M>>((resolve, reject) => {
        signal?.throwIfAborted();
        const forget = requests.ask(method, named, loss !== "once", {
          done(result) {
            signal?.removeEventListener("abort", abort);
            resolve(result as ResultOf<M>);
          },
          failed(error) {
            signal?.removeEventListener("abort", abort);
            reject(error);
          },
        });
        function abort(): void {
          forget();
          reject(signal?.reason as Error);
        }
        signal?.addEventListener("abort", abort, { once: true });
      });
    },

    attach(sessionId) {
      if (ended) return Promise.reject(ended);
      const known = followers.get(sessionId);
      if (known) return known.attachment;
      const { promise, resolve, reject } = Promise.withResolvers<Attachment>();
      const follower = follow({
        sessionId,
        requests,
        link,
        timers,
        log,
        attached: () => resolve(follower),
        failed: reject,
        left: () => void followers.delete(sessionId),
      });
      followers.set(sessionId, { follower, attachment: promise });
      follower.up();
      return promise;
    },

    home: (listener) => (ended ? Promise.reject(ended) : home.listen(listener)),

    close() {
      link.end(new Error("this client was closed"));
    },
  };
}
