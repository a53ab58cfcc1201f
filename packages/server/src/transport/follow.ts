import {
  DaimonError,
  type Frame,
  type Notification,
  type Recorded,
  reducerVersion,
  type ResultOf,
} from "@daimon/protocol";
import type { Caller, Hub, Link } from "../core/ports.ts";
import { answerOf, type Dispatch } from "./dispatch.ts";

export type Follow = {
  /** What is and what comes, each event once and in order, until the session lets go of us. */
  events: AsyncGenerator<Recorded, void>;
  end: () => void;
};

/** Follows a session's log from `after`, for answers over HTTP. Refused as `session/events` is. */
export async function follow(
  dispatch: Dispatch,
  hub: Hub,
  caller: Caller,
  sessionId: string,
  after: number,
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
  const end = () => {
    queue.end("left");
    hub.leave(link);
  };
  try {
    // Watching begins before reading: what comes in between is in both, and what is in neither cannot be.
    await new Promise((ok, refused) => dispatch.ask(caller, "session/attach", { sessionId }, { ok, refused }, link));
    const first = await page(dispatch, caller, sessionId, after);
    return { events: readThenWatch(dispatch, caller, sessionId, after, first, queue), end };
  } catch (error) {
    end();
    throw error;
  }
}

type Page = ResultOf<"session/events">;
const page = (dispatch: Dispatch, caller: Caller, sessionId: string, after: number): Promise<Page> =>
  answerOf(dispatch, caller, "session/events", { sessionId, after }) as Promise<Page>;

async function* readThenWatch(
  dispatch: Dispatch,
  caller: Caller,
  sessionId: string,
  after: number,
  first: Page,
  queue: Queue,
): AsyncGenerator<Recorded, void> {
  let last = after;
  for (let part = first; ; part = await page(dispatch, caller, sessionId, last)) {
    for (const recorded of part.events) yield recorded;
    last = part.events.at(-1)?.seq ?? last;
    if (part.next === undefined) break;
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

/** A wait that ended because the session let go of the one who waits, not because the thing came. */
export const letGo = (): DaimonError =>
  new DaimonError(
    "store_unavailable",
    "the session let go of this request before it was done; the work may go on: look at its events",
  );
