import { applyEvent, DaimonError, emptyView, type Recorded, reducerVersion, type Summary } from "@daimon/protocol";
import { movesIn } from "./history.ts";
import { recentKept } from "./ledger.ts";
import type { Link } from "./ports.ts";
import { pagesOf, summariesOf } from "./read.ts";
import { receiptsKept } from "./receipts.ts";
import { roomForPython } from "./pythons.ts";
import { unavailable } from "./comeback.ts";
import { Session } from "./session.ts";
import type { World } from "./world.ts";

const idleAfter = 10 * 60_000;
const housekeepEvery = 60_000;
const kernelIdleAfter = 15 * 60_000;

/** The sessions of this daemon: loaded when somebody needs one, dropped when nobody does, kept apart when broken. */
export class Library {
  readonly #world: World;
  readonly #loading = new Map<string, Promise<Session>>();
  readonly #open = new Map<string, Session>();
  readonly #quarantined = new Map<string, string>();
  readonly #runtime: string;
  #total = 0;
  #leaving = false;

  constructor(world: Omit<World, "roomForPython">, runtime: string) {
    this.#world = { ...world, roomForPython: () => roomForPython([...this.#open.values()]) };
    this.#runtime = runtime;
  }

  /** What was at work when the last daemon ended is closed openly, without waiting for somebody to look. */
  async start(): Promise<void> {
    const { store, log } = this.#world;
    const unfinished: string[] = [];
    for await (const { id, doing, queued } of summariesOf(store)) {
      this.#total++;
      if (doing !== "idle" || queued > 0) unfinished.push(id);
    }
    this.#housekeep();
    for (const id of unfinished) {
      await this.session(id).catch((error: unknown) =>
        log("error", "a session could not be recovered", { session: id, error: String(error) }),
      );
    }
  }

  /** The session when it is loaded: without waiting, so that what asks for it happens in the same tick. */
  open(id: string): Session | undefined {
    return this.#open.get(id);
  }

  session(id: string): Promise<Session> {
    const open = this.#open.get(id);
    if (open) return Promise.resolve(open);
    let loading = this.#loading.get(id);
    if (!loading) {
      loading = this.#load(id).finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  async #load(id: string): Promise<Session> {
    const { store, log } = this.#world;
    const summary = await store.summary(id);
    if (!summary) throw new DaimonError("not_found", `there is no session ${id}`);
    try {
      const session = await this.#found(id, summary);
      this.#quarantined.delete(id);
      this.#adopt(session);
      session.begin();
      return session;
    } catch (error) {
      // Not the session is broken then, but the disk: it is found as it was when that works again.
      if (error instanceof DaimonError && error.code === "store_unavailable") throw error;
      const why = error instanceof Error ? error.message : String(error);
      log("error", "a session cannot be read", { session: id, why });
      this.#quarantined.set(id, why);
      throw new DaimonError("gone", `session ${id} cannot be read (${why}); the others are not affected`, {
        cause: error,
        details: { quarantined: true },
      });
    }
  }

  async #found(id: string, { created }: Summary): Promise<Session> {
    const { store, holder, impossible } = this.#world;
    const { epoch } = await store.acquire(id, holder);
    const snapshot = await store.snapshot(id, reducerVersion);
    let view = snapshot?.view ?? emptyView;
    let contextFrom = snapshot?.contextFrom ?? 0;
    const moves = [...(snapshot?.moves ?? [])];
    let recent: Recorded[] = [];
    for await (const page of pagesOf(store, id, view.seq)) {
      for (const recorded of page) {
        view = applyEvent(view, recorded, impossible);
        if (recorded.event.type === "context.compacted") contextFrom = recorded.event.from;
        if (recorded.event.type === "head.moved") contextFrom = 0;
      }
      moves.push(...movesIn(page));
      // A long log passes through in pages; only its end is kept.
      recent = [...recent, ...page].slice(-recentKept);
    }
    const partials = await store.partials(id);
    const snapshotAt = snapshot?.seq ?? 0;
    return new Session({ id, epoch, created, view, recent, partials, contextFrom, moves, snapshotAt }, this.#world);
  }

  /** A session that begins. `first` records its first event, before anybody else can find it. */
  async make(id: string, first: (session: Session) => void): Promise<void> {
    // One at a time for an id: of two that looked for it together, both would find it free.
    for (let other = this.#loading.get(id); other; other = this.#loading.get(id)) await other.catch(() => undefined);
    const making = this.#new(id, first).finally(() => this.#loading.delete(id));
    this.#loading.set(id, making);
    await making;
  }

  async #new(id: string, first: (session: Session) => void): Promise<Session> {
    const { store, holder, clock } = this.#world;
    const open = this.#open.get(id);
    if (open?.recorded.seq === 0) throw unavailable();
    const taken = new DaimonError("conflict", `there is or was a session ${id} already; take another id`);
    if (open || (await store.summary(id))) throw taken;
    const { epoch, seq } = await store.acquire(id, holder);
    if (seq > 0) throw taken;
    const nothing = { view: emptyView, recent: [], partials: [], contextFrom: 0, moves: [], snapshotAt: 0 };
    const session = new Session({ id, epoch, created: clock.now(), ...nothing }, this.#world);
    this.#adopt(session);
    this.#total++;
    first(session);
    return session;
  }

  async remove(session: Session): Promise<void> {
    this.#total--;
    session.close("it was deleted");
    for (const tool of this.#world.tools.values()) tool.forget?.(session.id);
    await this.#world.store.remove(session.id);
    await this.#world.blobs.release(session.id);
  }

  #adopt(session: Session): void {
    this.#open.set(session.id, session);
    session.onClosed = () => {
      this.#open.delete(session.id);
      if (session.view.seq === 0) this.#total--;
    };
  }

  /** What a list says of it, and whether it can be read at all. */
  marked(summary: Summary): Summary {
    const quarantined = this.#quarantined.get(summary.id);
    return quarantined === undefined ? summary : { ...summary, quarantined };
  }

  leave(link: Link): void {
    for (const session of this.#open.values()) session.audience.remove(link);
    this.keepWarm();
  }

  /** A Python stays booted ahead of its use while anybody is there to use it. */
  keepWarm(): void {
    const wanted = !this.#leaving && this.#open.values().some(({ audience }) => audience.size > 0);
    this.#world.runtimes.get(this.#runtime)?.warm(this.#world.sandbox, wanted);
  }

  counts() {
    const open = [...this.#open.values()];
    const broken = [...this.#quarantined].map(([id, why]) => `session ${id} cannot be read: ${why}`);
    const stuck = open.filter(({ available }) => !available).map(({ id }) => `session ${id} cannot be written`);
    return {
      sessions: this.#total,
      live: open.length,
      kernels: open.filter(({ cells }) => cells.kernel).length,
      attachments: open.reduce((sum, { audience }) => sum + audience.size, 0),
      trouble: [...broken, ...stuck],
    };
  }

  #housekeep(): void {
    if (this.#leaving) return;
    const { clock, store, blobs, log } = this.#world;
    const now = clock.now();
    for (const session of this.#open.values()) {
      if (session.restsEmpty && now - session.recorded.at >= kernelIdleAfter)
        session.endPython("it was not used for a while and held nothing");
      if (session.busy || session.audience.size > 0) session.neededAt = now;
      else if (now - session.neededAt >= idleAfter) this.#drop(session);
    }
    const warn = (what: string) => (error: unknown) => log("warn", what, { error: String(error) });
    for (const session of this.#open.values()) session.renew().catch(warn("a lease could not be renewed"));
    store.forgetReceipts(now - receiptsKept).catch(warn("old receipts could not be removed"));
    blobs.sweep(now - receiptsKept).catch(warn("old blobs could not be removed"));
    clock.after(housekeepEvery, () => this.#housekeep());
  }

  #drop(session: Session): void {
    const { id, epoch } = session;
    session.close("nobody needs it now");
    this.#world.store
      .release(id, epoch)
      .catch((error: unknown) =>
        this.#world.log("warn", "a session could not be released", { session: id, error: String(error) }),
      );
  }

  warn(message: string): void {
    for (const session of this.#open.values()) session.audience.warn(message);
  }

  /** Everything that runs is ended openly while it can still be written; then nothing is left. */
  async close(): Promise<void> {
    this.#leaving = true;
    this.keepWarm();
    for (const session of this.#open.values()) session.leave();
    await this.#world.journal.flush();
    for (const session of [...this.#open.values()]) session.close("daimon is leaving");
    this.#world.journal.stop();
  }
}
