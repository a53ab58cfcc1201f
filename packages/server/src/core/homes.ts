import type { ResultOf, Summary } from "@daimon/protocol";
import { notification } from "./audience.ts";
import type { Link, Store } from "./ports.ts";
import { summariesOf } from "./read.ts";
import { sees } from "./tokens.ts";

/** Those who watch all the sessions there are, and what each of them may know. */

export type HomePorts = { store: Store; marked(summary: Summary): Summary };

const first = 200;

export class Homes {
  readonly #ports: HomePorts;
  readonly #links = new Set<Link>();

  constructor(ports: HomePorts) {
    this.#ports = ports;
  }

  /** The newest that it may know of. */
  async now({ caller }: Link): Promise<ResultOf<"home/attach">> {
    const sessions: Summary[] = [];
    for await (const summary of summariesOf(this.#ports.store, {}, caller.sessions ? undefined : first)) {
      if (sees(caller, summary.id)) sessions.push(this.#ports.marked(summary));
      if (sessions.length === first) break;
    }
    return { sessions };
  }

  add(link: Link): void {
    this.#links.add(link);
  }

  remove(link: Link): void {
    this.#links.delete(link);
  }

  /** Tells of what changes, until the signal. */
  async feed(signal: AbortSignal): Promise<void> {
    for await (const { changed, removed } of this.#ports.store.changes(signal)) {
      const sessions = changed.map((summary) => this.#ports.marked(summary));
      const whole = frame(sessions, removed);
      for (const link of this.#links)
        if (link.caller.sessions === undefined) link.send(whole);
        else tellPart(link, sessions, removed);
    }
  }
}

function tellPart(link: Link, sessions: readonly Summary[], removed: readonly string[]): void {
  const mine = sessions.filter(({ id }) => sees(link.caller, id));
  const gone = removed.filter((id) => sees(link.caller, id));
  if (mine.length + gone.length > 0) link.send(frame(mine, gone));
}

const frame = (sessions: readonly Summary[], removed: readonly string[]): Buffer =>
  notification("home/frames", { sessions, ...(removed.length > 0 ? { removed } : {}) });
