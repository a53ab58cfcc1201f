import {
  applyDelta,
  applyEvent,
  type Attached,
  type BlockText,
  emptyText,
  emptyView,
  type Delta,
  type Frame,
  isOutput,
  lengthOf,
  type Recorded,
  reducerVersion,
  type SessionView,
} from "../../packages/protocol/src/index.ts";
import type { Caller, Hub, Link } from "../../packages/server/src/core/ports.ts";
import type { Truth } from "./truth.ts";

export type Fold = {
  state: "off" | "asking" | "live";
  view: SessionView;
  open: Map<number, BlockText>;
  /** It read too slowly in this attachment: fragments may be missing. */
  choked: boolean;
};

/** One of the clients: a connection that comes and goes, and a fold of each session it follows. */
export class Client {
  readonly name: string;
  readonly caller: Caller;
  readonly folds = new Map<string, Fold>();
  link: Wire | undefined;
  readonly #hub: Hub;
  readonly truth: Truth;

  constructor(name: string, principal: string, hub: Hub, truth: Truth) {
    this.name = name;
    this.caller = { actor: { principal, name, client: "cli" }, role: "admin" };
    this.#hub = hub;
    this.truth = truth;
    this.connect();
  }

  connect(): void {
    this.link ??= new Wire(this);
  }

  /** The connection breaks: what was under way is lost, what was known is kept. */
  drop(): void {
    const { link } = this;
    if (!link) return;
    this.link = undefined;
    link.gone = true;
    for (const fold of this.folds.values()) fold.state = "off";
    this.#hub.leave(link);
  }

  fold(session: string): Fold {
    let fold = this.folds.get(session);
    if (!fold) this.folds.set(session, (fold = { state: "off", view: emptyView, open: new Map(), choked: false }));
    return fold;
  }

  attach(session: string, settle: (done: "ok" | "refused") => void): void {
    this.connect();
    const { link } = this;
    if (!link) return;
    const fold = this.fold(session);
    fold.state = "asking";
    fold.choked = link.choke > 0;
    const { seq, epoch } = fold.view;
    this.#hub.attach(
      link,
      { sessionId: session, ...(seq > 0 ? { after: seq, epoch } : {}) },
      {
        ok: (attached) => {
          settle("ok");
          this.#checkReply(session, attached);
          link.put(() => this.#take(fold, attached));
        },
        refused: () => {
          settle("refused");
          link.put(() => void (fold.state = "off"));
        },
      },
    );
  }

  #checkReply(session: string, { seq, view, events }: Attached): void {
    if (
      view &&
      JSON.stringify({ ...view, epoch: 0 }) !== JSON.stringify({ ...this.truth.view(session, seq), epoch: 0 })
    )
      this.truth.wrong(`${this.name} is shown a view of ${session} at ${seq} that the log does not give`);
    for (const recorded of events ?? [])
      if (!this.truth.has(session, recorded))
        this.truth.wrong(`${this.name} catches up on event ${recorded.seq} before it is stored`);
  }

  #take(fold: Fold, attached: Attached): void {
    if (fold.state !== "asking") return;
    const sameLife = fold.view.epoch === attached.epoch;
    const before = fold.open;
    let view = attached.view ?? fold.view;
    for (const recorded of attached.events ?? []) view = applyEvent(view, recorded);
    if (view.seq !== attached.seq) this.truth.wrong(`${this.name} attaches at ${attached.seq} and gets to ${view.seq}`);
    fold.view = { ...view, epoch: attached.epoch };
    fold.open = new Map(attached.open.map(({ block, text, omitted = 0 }) => [block, { text, omitted }]));
    for (const [block, { text, omitted }] of fold.open)
      if (sameLife && omitted === 0 && !text.startsWith(before.get(block)?.text ?? ""))
        this.truth.wrong(`${this.name} saw more of block ${block} before it attached again`);
    fold.state = "live";
  }

  // ---- what arrives ------------------------------------------------------------------------------------------

  notified(method: string, params: { sessionId: string; frames?: Frame[] }): void {
    const fold = this.folds.get(params.sessionId);
    if (!fold) return;
    // One that comes while a new attach is under way is about the old one.
    if (method === "session/closed" && fold.state === "live") fold.state = "off";
    if (method === "session/warning") fold.choked = true;
    for (const frame of params.frames ?? []) {
      if (fold.state !== "live") return;
      if ("seq" in frame) this.#event(params.sessionId, fold, frame);
      else this.#delta(params.sessionId, fold, frame);
    }
  }

  #event(session: string, fold: Fold, recorded: Recorded): void {
    const { seq } = recorded;
    if (seq !== fold.view.seq + 1) {
      this.truth.wrong(`${this.name} is at ${fold.view.seq} of ${session} and is sent event ${seq}`);
      return;
    }
    fold.view = applyEvent(fold.view, recorded);
    fold.open = new Map(fold.view.blocks.map(({ id }) => [id, fold.open.get(id) ?? emptyText]));
  }

  #delta(session: string, fold: Fold, delta: Delta): void {
    const block = fold.view.blocks.find(({ id }) => id === delta.block);
    const was = fold.open.get(delta.block);
    if (!block || !was) {
      this.truth.wrong(
        `${this.name} at ${fold.view.seq} of ${session} is sent text of block ${delta.block}, which is not open`,
      );
      return;
    }
    const grown = applyDelta(was, delta, isOutput(block.kind));
    if (grown !== "gap") fold.open.set(delta.block, grown);
    else if (fold.choked) this.attach(session, () => {});
    else this.truth.wrong(`${this.name} has ${lengthOf(was)} of block ${delta.block} and is sent text at ${delta.at}`);
  }
}

/** A connection: what is sent waits here until the client reads, and is lost when it breaks. */
export class Wire implements Link {
  readonly reducer = reducerVersion;
  readonly answers = true;
  readonly caller: Caller;
  readonly #client: Client;
  #unread: (() => void)[] = [];
  /** Bytes that the other side does not fetch. */
  choke = 0;
  stalled = false;
  gone = false;

  constructor(client: Client) {
    this.#client = client;
    this.caller = client.caller;
  }

  unsent(): number {
    return this.choke;
  }

  put(arrive: () => void): void {
    if (!this.gone) this.#unread.push(arrive);
  }

  read(): void {
    if (this.stalled) return;
    for (let next = this.#unread.shift(); next && !this.gone; next = this.#unread.shift()) next();
  }

  send(text: Buffer): void {
    const { method, params } = JSON.parse(text.toString()) as {
      method: string;
      params: { sessionId: string; frames?: Frame[] };
    };
    const { truth, name } = this.#client;
    for (const frame of params.frames ?? []) {
      if ("seq" in frame && !truth.has(params.sessionId, frame))
        truth.wrong(`${name} is sent event ${frame.seq} (${frame.event.type}) before it is stored`);
      const opened = "block" in frame ? truth.events(params.sessionId)[frame.block - 1]?.event.type : undefined;
      if ("block" in frame && !/\.opened$|^call\.started$/.test(opened ?? ""))
        truth.wrong(`${name} is sent text of block ${frame.block} before its opening is stored`);
    }
    for (const frame of params.frames ?? []) if ("block" in frame) truth.show(params.sessionId, frame);
    this.put(() => this.#client.notified(method, params));
  }

  /** Nothing comes after a close. */
  close(): void {
    this.gone = true;
    setImmediate(() => {
      if (this.#client.link === this) this.#client.drop();
    });
  }
}
