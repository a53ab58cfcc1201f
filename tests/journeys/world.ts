import { createClient, type Attachment, type Change, type Client } from "../../packages/protocol/src/client/index.ts";
import { connectLocal } from "../../packages/protocol/src/client/local.ts";
import type { EventOf, EventType, Recorded } from "../../packages/protocol/src/index.ts";
import type { Running } from "../daemon-process/start.ts";

/** People at terminals, as the tests see them. */

export const join = ({ socket, token }: Pick<Running, "socket" | "token">, user: string): Client =>
  createClient({
    connect: connectLocal({ socketPath: socket, token }),
    client: { name: "journey", version: "1", kind: "cli", user },
  });

/** The next change that passes, or one that already holds. */
export function until(
  attachment: Attachment,
  holds: (attachment: Attachment, change?: Change) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    if (holds(attachment)) {
      resolve();
      return;
    }
    const stop = attachment.onChange((change) => {
      if (!holds(attachment, change)) return;
      stop();
      resolve();
    });
  });
}

/** The next event of this type. */
export function next<T extends EventType>(attachment: Attachment, type: T): Promise<Recorded & { event: EventOf<T> }> {
  return new Promise((resolve) => {
    const stop = attachment.onChange((change) => {
      if (change.is !== "event" || change.recorded.event.type !== type) return;
      stop();
      resolve(change.recorded as Recorded & { event: EventOf<T> });
    });
  });
}

export const idle = ({ now: { view } }: Attachment): boolean =>
  view.turn.is === "idle" &&
  view.queue.length === 0 &&
  view.cells.length === 0 &&
  view.kernel.is !== "running" &&
  view.kernel.is !== "starting";

/** The whole log as the daemon tells it. */
export async function logOf(client: Client, sessionId: string): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for (let after = 0; ;) {
    const { events, next: more } = await client.request("session/events", { sessionId, after });
    all.push(...events);
    if (more === undefined) return all;
    after = more;
  }
}

/** What a person reads on the screen: words and output, finished or still streaming. */
export function screen({ now: { view, open } }: Attachment): string {
  return view.items
    .map((item) => {
      if (item.kind === "text") return item.open ? (open.get(item.id)?.text ?? "") : item.text;
      if (item.kind === "cell")
        return item.outputs
          .map((output) => (output.open ? (open.get(output.block)?.text ?? "") : output.text))
          .join("");
      return "";
    })
    .join("");
}
