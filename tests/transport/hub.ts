import { DaimonError, type Method, type Recorded, type SessionEvent } from "../../packages/protocol/src/index.ts";
import type { Caller, Clock, Hub, Link, Settle } from "../../packages/server/src/core/ports.ts";

/** A hub that does as it is told and keeps what it was asked: for the rules of the transport alone. */

export type Asked = { caller: Caller; method: Method; params: Record<string, unknown>; settle: Settle<unknown> };
type Answer = (asked: Asked) => unknown;

export class TestHub implements Hub {
  readonly asked: Asked[] = [];
  readonly links = new Set<Link>();
  readonly log: Recorded[] = [];
  readonly #alone: (() => void)[] = [];
  /** How a method is answered; one that is not here waits until the test settles it. */
  readonly answers: { [M in Method]?: Answer } = {
    "session/events": ({ params }) => {
      const after = Number(params["after"] ?? 0);
      if (after > this.log.length) throw new DaimonError("gone", `this session is at ${this.log.length}`);
      // Small pages, so that reading goes over their edges.
      const events = this.log.slice(after, after + 3);
      return after + 3 < this.log.length ? { events, next: after + 3 } : { events };
    },
  };

  submit(caller: Caller, method: Method, params: never, settle: Settle<never>): void {
    const asked: Asked = { caller, method, params, settle };
    this.asked.push(asked);
    const answer = this.answers[method];
    if (!answer) return;
    try {
      asked.settle.ok(answer(asked));
    } catch (error) {
      settle.refused(error as DaimonError);
    }
  }

  attach(link: Link, params: { sessionId: string }, settle: Settle<never>): void {
    this.links.add(link);
    this.submit(link.caller, "session/attach", params as never, settle);
    if (!this.answers["session/attach"]) (settle as Settle<unknown>).ok({ mode: "view", epoch: 1, seq: 0, open: [] });
  }

  detach(link: Link): void {
    this.links.delete(link);
  }

  home(link: Link, settle: Settle<{ sessions: [] }>): void {
    this.links.add(link);
    settle.ok({ sessions: [] });
  }

  leave(link: Link): void {
    this.links.delete(link);
    if (this.links.size === 0) for (const tell of this.#alone.splice(0)) tell();
  }

  /** Once nobody is linked any more. */
  alone(): Promise<void> {
    return this.links.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#alone.push(resolve));
  }

  counts(): ReturnType<Hub["counts"]> {
    return { sessions: 0, live: 0, kernels: 0, attachments: this.links.size, trouble: [] };
  }

  async close(): Promise<void> {}

  /** Records an event and tells all who watch. */
  record(event: SessionEvent, turn?: number): number {
    const seq = this.log.length + 1;
    const by = { principal: "owner", client: "cli" as const };
    const recorded: Recorded = { seq, at: seq, v: 1, by, ...(turn === undefined ? {} : { turn }), event };
    this.log.push(recorded);
    this.notify("session/frames", { sessionId: "s", frames: [recorded] });
    return seq;
  }

  notify(method: string, params: object): void {
    const text = Buffer.from(JSON.stringify({ jsonrpc: "2.0", method, params }));
    for (const link of this.links) link.send(text);
  }
}

/** Time that passes when a test says so. */
export class TestClock implements Clock {
  #now = 1_000_000;
  readonly #due = new Set<{ at: number; call: () => void }>();

  now = (): number => this.#now;

  after = (ms: number, call: () => void): (() => void) => {
    const due = { at: this.#now + ms, call };
    this.#due.add(due);
    return () => void this.#due.delete(due);
  };

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = [...this.#due].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = next.at;
      this.#due.delete(next);
      next.call();
    }
    this.#now = until;
  }

  get waiting(): number {
    return this.#due.size;
  }
}
