import { type Attached, applyEvent, DaimonError, emptyView, type Limits, type Method, type Mode, type ParamsOf, type Recorded, reducerVersion, type ResultOf, type SessionView, sizes, type Summary, weightOf, prefixWithin } from "@daimon/protocol";
import { fitting } from "./attach.ts";
import { notification } from "./audience.ts";
import { itemsBefore } from "./history.ts";
import { Journal } from "./journal.ts";
import { atLeast, roleFor } from "./policy.ts";
import type { Blobs, Caller, Clock, Hub, Link, Log, NewId, Provider, Receipt, Runtime, Sandbox, Settle, Store, Tool } from "./ports.ts";
import { Receipts } from "./receipts.ts";
import { defaultLimits, type Given, isRuled, type RuledMethod } from "./rules.ts";
import { readAll, Session, type World } from "./session.ts";

export type HubPorts = {
  store: Store;
  blobs: Blobs;
  clock: Clock;
  log: Log;
  newId: NewId;
  /** Who this daemon is among the owners of sessions. */
  holder: string;
  providers: readonly Provider[];
  runtimes: readonly Runtime[];
  sandbox: Sandbox;
  tools: readonly Tool[];
  check(tool: Tool, input: unknown): string | undefined;
  defaults: { model: string; mode: Mode; runtime: string; limits: Limits };
  impossible?(what: string): void;
};

const idleAfter = 10 * 60_000;
const housekeepEvery = 60_000;
const receiptsKept = 7 * 24 * 3600_000;
const kernelIdleAfter = 15 * 60_000;
const pythonsAtMost = 8;

export function createHub(ports: HubPorts): Hub & { start(): Promise<void> } {
  return new Sessions(ports);
}

/** All sessions of this daemon: found when somebody needs them, dropped when nobody does. */
class Sessions implements Hub {
  readonly #ports: HubPorts;
  readonly #world: World;
  readonly #journal: Journal;
  readonly #receipts: Receipts;
  readonly #live = new Map<string, Promise<Session>>();
  readonly #open = new Map<string, Session>();
  readonly #quarantined = new Map<string, string>();
  readonly #homes = new Set<Link>();
  readonly #stopped = new AbortController();
  #total = 0;

  constructor(ports: HubPorts) {
    this.#ports = ports;
    const { store, blobs, clock, log, holder, sandbox, check } = ports;
    this.#journal = new Journal(store, clock, log);
    this.#receipts = new Receipts(store, clock);
    this.#world = {
      store,
      blobs,
      journal: this.#journal,
      clock,
      log,
      holder,
      sandbox,
      check,
      limits: { ...defaultLimits, ...ports.defaults.limits },
      tools: new Map(ports.tools.map((tool) => [tool.name, tool])),
      providers: new Map(ports.providers.map((provider) => [provider.name, provider])),
      runtimes: new Map(ports.runtimes.map((runtime) => [runtime.name, runtime])),
      impossible: ports.impossible ?? ((what) => log("error", "a session moved in a way that cannot be", { what })),
    };
  }

  /** What was at work when the last daemon ended is closed openly, without waiting for somebody to look. */
  async start(): Promise<void> {
    const summaries = await this.#ports.store.summaries({ limit: 10_000 });
    this.#total = summaries.length;
    void this.#feedHomes();
    this.#housekeep();
    for (const { id, doing, queued } of summaries)
      if (doing !== "idle" || queued > 0) await this.#session(id).catch((error: unknown) => this.#ports.log("error", "a session could not be recovered", { session: id, error: String(error) }));
  }

  // ---- commands ----------------------------------------------------------------------------------------------

  submit<M extends Method>(caller: Caller, method: M, params: ParamsOf<M>, settle: Settle<ResultOf<M>>): void {
    this.#take(caller, method, params, settle as Settle<unknown>).catch((error: unknown) => settle.refused(this.#asRefusal(error, method)));
  }

  #asRefusal(error: unknown, method: string): DaimonError {
    if (error instanceof DaimonError) return error;
    this.#ports.log("error", "a command met a bug", { method, error: error instanceof Error ? error.stack : String(error) });
    return new DaimonError("unsupported", "daimon met a bug of its own; its log has the details", { cause: error });
  }

  async #take(caller: Caller, method: Method, params: ParamsOf<Method>, settle: Settle<unknown>): Promise<void> {
    const { opId } = params as { opId?: string };
    const principal = caller.actor.principal;
    if (method === "session/create") {
      this.#allow(caller, method, params, undefined);
      // The receipt names the session; what is answered is its view, at the first time as at a retry.
      const told: Settle<unknown> = {
        refused: settle.refused,
        ok: (made) => {
          const { sessionId } = made as { sessionId: string };
          this.#session(sessionId).then(({ view }) => settle.ok(fitting(view)), (error: unknown) => settle.refused(this.#asRefusal(error, method)));
        },
      };
      this.#receipts.once(principal, opId, method, params, told, false, (receipt, answer) => {
        this.#create(caller, params as ParamsOf<"session/create">, receipt).then(answer.ok, (error: unknown) => answer.refused(this.#asRefusal(error, method)));
      });
      return;
    }
    if (isRuled(method)) {
      const given = await this.#shorten(method, params as Given<RuledMethod>);
      const session = this.#open.get(given.sessionId) ?? (await this.#session(given.sessionId));
      this.#allow(caller, method, given, session.recorded);
      await this.#checkHead(session, given);
      this.#receipts.once(principal, opId, method, params, settle, method === "session/interrupt", (receipt, answer) =>
        session.command(caller, method, given, receipt, method === "session/delete" ? this.#removing(session, answer) : answer),
      );
      return;
    }
    this.#allow(caller, method, params, undefined);
    settle.ok(await this.#look(caller, method, params));
  }

  #allow(caller: Caller, method: Method, params: ParamsOf<Method>, view: SessionView | undefined): void {
    const needed = roleFor(method, params, view, this.#ports.defaults.mode);
    if (!atLeast(caller.role, needed)) throw new DaimonError("forbidden", `${method} needs the role ${needed}; you have ${caller.role}`);
  }

  /** Long text goes into a blob before the tick in which the command is decided. */
  async #shorten(method: RuledMethod, params: Given<RuledMethod>): Promise<Given<RuledMethod>> {
    const text = method === "session/input" ? (params as { text: string }).text : method === "session/python" ? (params as { code: string }).code : undefined;
    if (text === undefined || weightOf(text) <= sizes.block) return params;
    const bytes = new TextEncoder().encode(text);
    const most = method === "session/input" ? sizes.input : sizes.cell;
    if (bytes.length > most) throw new DaimonError("too_large", `this is ${bytes.length} bytes; at most ${most} are taken, so put it into a file or a blob`);
    const whole = await this.#ports.blobs.put(bytes, "text/plain; charset=utf-8");
    await this.#ports.blobs.keep(params.sessionId, [whole.sha256]);
    return { ...params, words: { text: prefixWithin(text, sizes.halfBlock), whole } };
  }

  async #checkHead(session: Session, params: object): Promise<void> {
    const head = "head" in params ? params.head : undefined;
    if (typeof head !== "number") return;
    const [entry] = await this.#ports.store.read(session.id, { after: head - 1, limit: 1 });
    if (entry?.seq !== head || entry.parent === undefined) throw new DaimonError("not_found", `event ${head} is no entry of this conversation`);
  }

  async #create(caller: Caller, params: ParamsOf<"session/create">, receipt: (result: unknown) => Receipt[]): Promise<{ sessionId: string }> {
    const { store, clock, newId, holder, defaults } = this.#ports;
    const id = params.id ?? newId();
    if (this.#live.has(id) || (await store.summary(id))) throw new DaimonError("conflict", `there is a session ${id} already`);
    const { epoch, seq } = await store.acquire(id, holder);
    if (seq > 0) throw new DaimonError("conflict", `there was a session ${id} already; ids are not used twice`);
    const session = new Session({ id, epoch, created: clock.now(), view: emptyView, recent: [], partials: [], contextFrom: 0 }, this.#world);
    const { cwd, title = cwd.split(/[\\/]/).findLast((part) => part !== "") ?? cwd, model = defaults.model, mode = defaults.mode, roots = [] } = params;
    const event = {
      type: "session.created" as const,
      id,
      title,
      cwd,
      roots,
      profile: params.profile ?? "default",
      runtime: params.runtime ?? defaults.runtime,
      mode,
      model,
      thinking: "off" as const,
    };
    this.#adopt(session);
    this.#total++;
    const made = { sessionId: id };
    return new Promise((resolve, reject) => {
      session.begin({ by: caller.actor, events: [event], receipts: receipt(made) });
      session.whenDurable(() => resolve(made), () => reject(new DaimonError("store_unavailable", "the session could not be written; try again shortly")));
    });
  }

  #removing(session: Session, answer: Settle<unknown>): Settle<unknown> {
    return {
      refused: answer.refused,
      ok: (result) => {
        const { store, blobs, log } = this.#ports;
        this.#total--;
        Promise.all([store.remove(session.id), blobs.release(session.id)]).then(
          () => answer.ok(result),
          (error: unknown) => {
            log("error", "a deleted session could not be removed", { session: session.id, error: String(error) });
            answer.ok(result);
          },
        );
      },
    };
  }

  // ---- looking -----------------------------------------------------------------------------------------------

  async #look(caller: Caller, method: Method, params: ParamsOf<Method>): Promise<unknown> {
    switch (method) {
      case "session/list":
        return this.#list(params as ParamsOf<"session/list">);
      case "session/find":
        return this.#find((params as ParamsOf<"session/find">).name);
      default:
    }
    const { sessionId } = params as { sessionId: string };
    const session = await this.#session(sessionId);
    const mayStart = atLeast(caller.role, "operate");
    switch (method) {
      case "session/get":
        return fitting(session.view);
      case "session/usage":
        return session.view.usage;
      case "session/events":
        return this.#events(session, params as ParamsOf<"session/events">);
      case "session/history":
        return this.#history(session, params as ParamsOf<"session/history">);
      case "session/capability": {
        const { name, arg } = params as ParamsOf<"session/capability">;
        return session.looks.capability(name, arg, mayStart);
      }
      case "session/complete":
        return session.looks.complete(params as ParamsOf<"session/complete">);
      case "session/isComplete":
        return session.looks.isComplete(params as ParamsOf<"session/isComplete">);
      default:
        throw new DaimonError("unsupported", `${method} is not answered here`);
    }
  }

  async #list({ query, cwd, before, limit = 50 }: ParamsOf<"session/list">): Promise<ResultOf<"session/list">> {
    const { store } = this.#ports;
    const found = await store.summaries({ ...(query === undefined ? {} : { text: query }), ...(before === undefined ? {} : { before }), limit: cwd === undefined ? limit : 10_000 });
    const sessions = found.filter((summary) => cwd === undefined || summary.cwd === cwd).slice(0, limit).map((summary) => this.#marked(summary));
    const last = sessions.at(-1);
    return sessions.length === limit && last ? { sessions, next: last.at } : { sessions };
  }

  #marked(summary: Summary): Summary {
    const quarantined = this.#quarantined.get(summary.id);
    return quarantined === undefined ? summary : { ...summary, quarantined };
  }

  async #find(name: string): Promise<Summary> {
    const { store } = this.#ports;
    const exact = await store.summary(name);
    if (exact) return this.#marked(exact);
    const all = await store.summaries({ limit: 10_000 });
    const named = all.filter(({ id, title }) => id.startsWith(name) || title === name);
    const [only] = named;
    if (only && named.length === 1) return this.#marked(only);
    if (!only) throw new DaimonError("not_found", `there is no session ${name}; "daimon sessions" lists them`);
    const which = named.slice(0, 5).map(({ id, title }) => `${id} (${title})`).join(", ");
    throw new DaimonError("ambiguous", `${name} could be ${which}${named.length > 5 ? ", ..." : ""}; give more of the id`, { details: { ids: named.slice(0, 20).map(({ id }) => id) } });
  }

  async #events(session: Session, { after = 0, limit = 1000 }: ParamsOf<"session/events">): Promise<ResultOf<"session/events">> {
    const { seq } = session.view;
    if (after > seq) throw new DaimonError("gone", `this session is at ${seq}`, { details: { oldest: 1, seq } });
    const events: Recorded[] = [];
    let room: number = sizes.viewReply;
    for (const recorded of (await this.#ports.store.read(session.id, { after, limit })).filter((event) => event.seq <= seq)) {
      room -= JSON.stringify(recorded).length;
      if (room < 0 && events.length > 0) break;
      events.push(recorded);
    }
    const last = events.at(-1);
    return last && last.seq < seq ? { events, next: last.seq } : { events };
  }

  async #history(session: Session, { before = session.view.seq + 1, limit = 100 }: ParamsOf<"session/history">): Promise<ResultOf<"session/history">> {
    const events = await readAll(this.#ports.store, session.id, 0);
    const { items, older } = itemsBefore(events, session.view.head, before, limit);
    const shown = fitting({ ...emptyView, items, ...(older === undefined ? {} : { older }) });
    return { items: shown.items, ...(shown.older === undefined ? {} : { older: shown.older }) };
  }

  // ---- links -------------------------------------------------------------------------------------------------

  attach(link: Link, params: ParamsOf<"session/attach">, settle: Settle<Attached>): void {
    const attach = (session: Session) => {
      this.#allow(link.caller, "session/attach", params, session.recorded);
      session.attach(link, params, settle);
      this.#keepWarm();
    };
    const open = this.#open.get(params.sessionId);
    const work = open ? Promise.resolve(open) : this.#session(params.sessionId);
    work.then(attach).catch((error: unknown) => settle.refused(this.#asRefusal(error, "session/attach")));
  }

  detach(link: Link, sessionId: string): void {
    this.#open.get(sessionId)?.audience.remove(link);
    this.#keepWarm();
  }

  home(link: Link, settle: Settle<ResultOf<"home/attach">>): void {
    this.#ports.store
      .summaries({ limit: 200 })
      .then((sessions) => {
        this.#homes.add(link);
        settle.ok({ sessions: sessions.map((summary) => this.#marked(summary)) });
      })
      .catch((error: unknown) => settle.refused(this.#asRefusal(error, "home/attach")));
  }

  leave(link: Link): void {
    this.#homes.delete(link);
    for (const session of this.#open.values()) session.audience.remove(link);
    this.#keepWarm();
  }

  /** A Python stays booted ahead of its use while anybody is there to use it. */
  #keepWarm(): void {
    const wanted = this.#open.values().some(({ audience }) => audience.size > 0);
    this.#world.runtimes.get(this.#ports.defaults.runtime)?.warm(this.#ports.sandbox, wanted && !this.#stopped.signal.aborted);
  }

  async #feedHomes(): Promise<void> {
    try {
      for await (const { changed, removed } of this.#ports.store.changes(this.#stopped.signal)) {
        if (this.#homes.size === 0) continue;
        const sessions = changed.map((summary) => this.#marked(summary));
        const frame = notification("home/frames", { sessions, ...(removed.length > 0 ? { removed } : {}) });
        for (const link of this.#homes) link.send(frame);
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#ports.log("error", "the home feed ended", { error: String(error) });
    }
  }

  counts() {
    const open = [...this.#open.values()];
    return {
      sessions: this.#total,
      live: open.length,
      kernels: open.filter(({ cells }) => cells.kernel).length,
      attachments: open.reduce((sum, { audience }) => sum + audience.size, 0),
      trouble: [
        ...[...this.#quarantined].map(([id, why]) => `session ${id} cannot be read: ${why}`),
        ...open.filter(({ available }) => !available).map(({ id }) => `session ${id} cannot be written`),
      ],
    };
  }

  // ---- life --------------------------------------------------------------------------------------------------

  #session(id: string): Promise<Session> {
    let live = this.#live.get(id);
    if (!live) {
      live = this.#load(id);
      this.#live.set(id, live);
      live.catch(() => this.#live.delete(id));
    }
    return live;
  }

  async #load(id: string): Promise<Session> {
    const { store, holder, log } = this.#ports;
    const summary = await store.summary(id);
    if (!summary) throw new DaimonError("not_found", `there is no session ${id}`);
    try {
      const { epoch } = await store.acquire(id, holder);
      const snapshot = await store.snapshot(id, reducerVersion);
      const events = await readAll(store, id, snapshot?.seq ?? 0);
      let view = snapshot?.view ?? emptyView;
      for (const recorded of events) view = applyEvent(view, recorded, this.#world.impossible);
      const compacted = events.findLast(({ event }) => event.type === "context.compacted");
      const contextFrom = compacted?.seq ?? snapshot?.contextFrom ?? 0;
      const session = new Session({ id, epoch, created: summary.created, view, recent: events, partials: await store.partials(id), contextFrom }, this.#world);
      this.#quarantined.delete(id);
      this.#adopt(session);
      session.begin(undefined);
      return session;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log("error", "a session cannot be read", { session: id, why });
      this.#quarantined.set(id, why);
      throw new DaimonError("gone", `session ${id} cannot be read (${why}); the others are not affected`, { cause: error, details: { quarantined: true } });
    }
  }

  #adopt(session: Session): void {
    this.#live.set(session.id, Promise.resolve(session));
    this.#open.set(session.id, session);
    session.onClosed = () => {
      this.#live.delete(session.id);
      this.#open.delete(session.id);
    };
  }

  #housekeep(): void {
    const { clock, store, blobs, log } = this.#ports;
    if (this.#stopped.signal.aborted) return;
    const now = clock.now();
    for (const session of this.#open.values()) {
      session.restPython(now - kernelIdleAfter, this.counts().kernels > pythonsAtMost);
      if (!session.busy && session.audience.size === 0 && now - session.touched > idleAfter) this.#dropSession(session);
    }
    store.forgetReceipts(now - receiptsKept).catch((error: unknown) => log("warn", "old receipts could not be removed", { error: String(error) }));
    blobs.sweep(now - receiptsKept).catch((error: unknown) => log("warn", "old blobs could not be removed", { error: String(error) }));
    clock.after(housekeepEvery, () => this.#housekeep());
  }

  #dropSession(session: Session): void {
    const { epoch, id } = session;
    session.close("nobody needs it now");
    this.#ports.store.release(id, epoch).catch((error: unknown) => this.#ports.log("warn", "a session could not be released", { session: id, error: String(error) }));
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    this.#keepWarm();
    for (const session of this.#open.values()) session.leave();
    await this.#journal.flush();
    for (const session of [...this.#open.values()]) session.close("daimon is leaving");
    this.#journal.stop();
  }
}
