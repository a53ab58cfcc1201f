import type { Frame, Recorded } from "@daimon/protocol";
import type { Attachment, Change, Client } from "@daimon/protocol/client";

/**
 * The frames of a session from one event on, a cell's or an input's, to the end of that cell or of that input's turn: as on
 * the wire, each once and in order, over lost connections too.
 */
export class Frames {
  readonly #client: Client;
  readonly #attachment: Attachment;
  readonly #print: (frame: Frame) => void;
  #waiting: Change[] = [];
  /** The first and the newest event that is printed; none before the beginning is known. */
  #first = 0;
  #last: number | undefined;
  #turn: number | undefined;
  #over = false;
  #reading: Promise<void> | undefined;

  constructor(client: Client, attachment: Attachment, print: (frame: Frame) => void) {
    this.#client = client;
    this.#attachment = attachment;
    this.#print = print;
  }

  /** Before the beginning is known, frames wait. */
  changed(change: Change): void {
    this.#waiting.push(change);
    if (this.#last !== undefined && !this.#reading) this.#drain();
  }

  begin(seq: number): void {
    this.#first = seq;
    this.#last = seq - 1;
    this.#drain();
  }

  async done(): Promise<void> {
    await this.#reading;
  }

  #drain(): void {
    for (let change = this.#waiting.shift(); change; change = this.#waiting.shift()) {
      if (change.is === "event") this.#event(change.recorded);
      else if (change.is === "delta" && change.delta.block >= this.#first && !this.#over) this.#print(change.delta);
      else if (change.is === "view" && this.#attachment.now.view.seq > this.#last!) {
        this.#reading = this.#readOn();
        return;
      }
    }
  }

  #event(recorded: Recorded): void {
    if (recorded.seq <= this.#last! || this.#over) return;
    this.#last = recorded.seq;
    this.#print(recorded);
    this.#over = this.#ends(recorded);
  }

  #ends({ event, turn }: Recorded): boolean {
    if (event.type === "input.taken" && event.input === this.#first) this.#turn = turn;
    if (event.type === "turn.ended") return turn !== undefined && turn === this.#turn;
    if (event.type === "input.cancelled") return event.input === this.#first;
    return event.type === "cell.finished" && event.cell === this.#first;
  }

  /** A fresh view came instead of the events that led to it: those are in the log. */
  async #readOn(): Promise<void> {
    const { sessionId } = this.#attachment;
    for (let more = true; more;) {
      const page = await this.#client.request("session/events", { sessionId, after: this.#last!, limit: 1000 });
      for (const recorded of page.events) this.#event(recorded);
      more = page.next !== undefined && page.events.length > 0;
    }
    this.#reading = undefined;
    this.#drain();
  }
}
