import { type Frame, type Notification, type Recorded, reducerVersion, type ResultOf } from "@daimon/protocol";
import type { Caller, Hub, Link } from "../core/ports.ts";
import { answerOf, type Dispatch } from "./dispatch.ts";

export type Follow = {
  /** What is after `after`, then what comes: each event once and in order, until the session lets go of us. */
  from: (after: number) => Promise<AsyncGenerator<Recorded, void>>;
  end: () => void;
};
export type FollowPorts = { dispatch: Dispatch; hub: Hub };

/** Follows a session's log until the asker has `left`. `unwritten`: bytes of it that the asker has not taken yet. */
export async function follow(
  { dispatch, hub }: FollowPorts,
  caller: Caller,
  sessionId: string,
  left: AbortSignal,
  unwritten: () => number = () => 0,
): Promise<Follow> {
  const queue = new Queue();
  const link: Link = {
    reducer: reducerVersion,
    caller,
    unsent: () => queue.bytes + unwritten(),
    send: (text) => queue.take(text, sessionId),
    close: (_code, reason) => queue.end(reason),
  };
  // Watching begins before reading: what comes in between is in both, and nothing can be in neither.
  await new Promise((ok, refused) => dispatch.ask(caller, "session/attach", { sessionId }, { ok, refused }, link));
  // Not earlier: leaving before the attachment is there would leave it behind.
  if (left.aborted) end();
  else left.addEventListener("abort", end, { once: true });
  return {
    async from(after) {
      const pageAfter = (seq: number) =>
        answerOf(dispatch, caller, "session/events", { sessionId, after: seq }) as Promise<Page>;
      // The first page is read here, so that a refusal comes before the first event.
      return readThenWatch(await pageAfter(after), after, pageAfter, queue);
    },
    end,
  };

  function end(): void {
    left.removeEventListener("abort", end);
    queue.end("left");
    hub.leave(link);
  }
}

type Page = ResultOf<"session/events">;

async function* readThenWatch(
  first: Page,
  after: number,
  pageAfter: (seq: number) => Promise<Page>,
  queue: Queue,
): AsyncGenerator<Recorded, void> {
  let last = after;
  for (let page = first; ; page = await pageAfter(last)) {
    for (const recorded of page.events) yield recorded;
    last = page.events.at(-1)?.seq ?? last;
    if (page.next === undefined) break;
  }
  for await (const recorded of queue.events()) {
    if (recorded.seq <= last) continue;
    last = recorded.seq;
    yield recorded;
  }
}

/** Frames of a session that wait to be read. */
class Queue {
  bytes = 0;
  #waiting: { recorded: Recorded; bytes: number }[] = [];
  #ended: string | undefined;
  #wake: () => void = () => {};

  take(text: Buffer, sessionId: string): void {
    const { method, params } = JSON.parse(text.toString()) as Notification;
    if (method === "session/closed" && params.sessionId === sessionId) return this.end(params.reason);
    if (method !== "session/frames" || params.sessionId !== sessionId) return;
    const events = params.frames.filter(isEvent);
    for (const recorded of events) this.#waiting.push({ recorded, bytes: text.length / events.length });
    if (events.length > 0) this.bytes += text.length;
    this.#wake();
  }

  end(reason: string): void {
    this.#ended ??= reason;
    this.#wake();
  }

  async *events(): AsyncGenerator<Recorded, void> {
    for (;;) {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        this.bytes -= next.bytes;
        yield next.recorded;
      }
      if (this.#ended !== undefined) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

const isEvent = (frame: Frame): frame is Recorded => "seq" in frame;
