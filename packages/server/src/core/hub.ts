import {
  type Attached,
  DaimonError,
  type Method,
  type ParamsOf,
  type ResultOf,
  type SessionEvent,
  type SessionView,
} from "@daimon/protocol";
import { answerOf } from "./answers.ts";
import { fitting } from "./attach.ts";
import { Budget } from "./budget.ts";
import { Homes } from "./homes.ts";
import { Journal } from "./journal.ts";
import { Library } from "./library.ts";
import { keepBlobs, shorten } from "./luggage.ts";
import { noSuchModel, providerOf } from "./naming.ts";
import { Order } from "./order.ts";
import { atLeast, roleFor } from "./roles.ts";
import type { Caller, Hub, Link, Receipt, Settle } from "./ports.ts";
import { ordinary, profileNamed, setBy } from "./profiles.ts";
import { Receipts } from "./receipts.ts";
import { type Given, isRuled, mustFit, type RuledMethod } from "./rules.ts";
import { unavailable } from "./comeback.ts";
import type { Session } from "./session.ts";
import { Stale } from "./scribe.ts";
import { namedRuntime, usableRuntime } from "./runtimes.ts";
import type { HubPorts } from "./world.ts";

export function createHub(ports: HubPorts): Hub & { start(): Promise<void>; warn(message: string): void } {
  const { store, clock, log } = ports;
  const journal = new Journal(store, clock, log);
  const world = {
    ...ports,
    journal,
    budget: new Budget(store, clock, () => ports.settings().budget),
    tools: new Map(ports.tools.map((tool) => [tool.name, tool])),
    runtimes: new Map(ports.runtimes.map((runtime) => [runtime.name, runtime])),
    impossible:
      ports.impossible ?? ((what: string) => log("error", "a session moved in a way that cannot be", { what })),
  };
  return new Desk(ports, new Library(world, namedRuntime(ports.settings().runtime).name), new Receipts(store, clock));
}

/** Where transports come with what somebody wants: it says who may, finds the session, and hands it over. */
class Desk implements Hub {
  readonly #ports: HubPorts;
  readonly #library: Library;
  readonly #receipts: Receipts;
  readonly #order = new Order();
  readonly #homes: Homes;
  /** Links that left: what they asked for just before must not keep them. */
  readonly #left = new WeakSet<Link>();
  /** What a link attached to and did not detach from since, though the session may still be loading. */
  readonly #wanted = new WeakMap<Link, Set<string>>();
  readonly #stopped = new AbortController();

  constructor(ports: HubPorts, library: Library, receipts: Receipts) {
    this.#ports = ports;
    this.#library = library;
    this.#receipts = receipts;
    this.#homes = new Homes({ store: ports.store, marked: (summary) => library.marked(summary) });
  }

  async start(): Promise<void> {
    void this.#feedHomes();
    await this.#library.start();
  }

  submit<M extends Method>(caller: Caller, method: M, params: ParamsOf<M>, settle: Settle<ResultOf<M>>): void {
    this.#take(caller, method, params, settle as Settle<unknown>).catch(this.#refusing(settle, method));
  }

  /** A refusal goes to the asker as it is; a bug is told as one, and its stack is in the log. */
  #refusing(settle: Pick<Settle<unknown>, "refused">, method: string): (error: unknown) => void {
    return (error) => {
      if (error instanceof DaimonError || error instanceof Stale) {
        settle.refused(error instanceof Stale ? unavailable() : error);
        return;
      }
      this.#ports.log("error", "a command met a bug", { method, error });
      settle.refused(
        new DaimonError("unsupported", "daimon met a bug of its own here; its log says more: daimon logs", {
          cause: error,
        }),
      );
    };
  }

  async #take(caller: Caller, method: Method, params: ParamsOf<Method>, settle: Settle<unknown>): Promise<void> {
    if (method === "session/create") await this.#create(caller, params as ParamsOf<"session/create">, settle);
    else if (isRuled(method) && "sessionId" in params && params.sessionId !== undefined) {
      const given = params as Given<RuledMethod>;
      const decide = () => this.#command(caller, method, given, settle);
      await (isCritical(method) ? decide() : this.#order.after(caller, given.sessionId, decide));
    } else if (method === "session/undo") await this.#undo(caller, params as ParamsOf<"session/undo">, settle);
    else {
      this.#allow(caller, method, params, undefined);
      settle.ok(await answerOf({ ...this.#ports, library: this.#library }, caller, method, params));
    }
  }

  #allow(caller: Caller, method: Method, params: ParamsOf<Method>, view: SessionView | undefined): void {
    const needed = roleFor(method, params, view, this.#ports.settings().mode);
    if (!atLeast(caller.role, needed))
      throw new DaimonError("forbidden", `${method} needs the role ${needed}; you have ${caller.role}`);
  }

  // ---- commands ----------------------------------------------------------------------------------------------

  async #command(
    caller: Caller,
    method: RuledMethod,
    params: Given<RuledMethod>,
    settle: Settle<unknown>,
  ): Promise<void> {
    const { opId } = params as { opId?: string };
    const session =
      this.#library.open(params.sessionId) ?? (await this.#sessionOr(caller, method, params, opId, settle));
    if (!session) return;
    this.#allow(caller, method, params, session.recorded);
    await this.#checkMode(params);
    const shortened = await shorten(this.#ports.blobs, method, params);
    const given = await this.#withRuntime(session, this.#withProfile(shortened));
    await this.#checkHead(session, given);
    if (method === "session/update") this.#checkModel(params as ParamsOf<"session/update">);
    await keepBlobs(this.#ports.blobs, given);
    const urgent = method === "session/interrupt";
    await this.#receipts.once(caller.actor.principal, opId, method, params, settle, urgent, (receipt, answer) => {
      const told = method === "session/delete" ? this.#removing(session, answer) : answer;
      try {
        session.command(caller, method, given, receipt, told);
      } catch (error) {
        this.#refusing(answer, method)(error);
      }
    });
  }

  /** Files are read first, so it is decided over some time, and nothing else of the session in it. */
  async #undo(caller: Caller, params: ParamsOf<"session/undo">, settle: Settle<unknown>): Promise<void> {
    const method = "session/undo";
    const session = await this.#library.session(params.sessionId);
    this.#allow(caller, method, params, session.recorded);
    await this.#receipts.once(caller.actor.principal, params.opId, method, params, settle, false, (receipt, answer) => {
      session.undoing.undo(caller.actor, params.turn, receipt).then(answer.ok, this.#refusing(answer, method));
    });
  }

  /** The session; where it is gone, a retry of what removed it is still answered from its receipt. */
  async #sessionOr(
    caller: Caller,
    method: RuledMethod,
    params: Given<RuledMethod>,
    opId: string | undefined,
    settle: Settle<unknown>,
  ) {
    try {
      return await this.#library.session(params.sessionId);
    } catch (error) {
      const refuse = (answer: Settle<unknown>) => this.#refusing(answer, method)(error);
      await this.#receipts.once(caller.actor.principal, opId, method, params, settle, false, (_, answer) =>
        refuse(answer),
      );
      return undefined;
    }
  }

  /** A session that takes a profile takes what it sets, unless the same command names something else. */
  #withProfile<M extends RuledMethod>(params: Given<M>): Given<M> {
    if (!("profile" in params) || params.profile === undefined) return params;
    const settings = this.#ports.settings();
    const { model, thinking } = params;
    const set = setBy(profileNamed(params.profile, settings), settings);
    return { ...params, model: model ?? set.model, thinking: thinking ?? set.thinking };
  }

  async #withRuntime<M extends RuledMethod>(session: Session, params: Given<M>): Promise<Given<M>> {
    if (!("runtime" in params) || params.runtime === undefined) return params;
    const cwd = "cwd" in params ? params.cwd : undefined;
    const runtime = await usableRuntime(this.#ports.runtimes, params.runtime, cwd ?? session.recorded.cwd);
    return { ...params, runtime };
  }

  async #checkHead(session: Session, params: object): Promise<void> {
    const head = "head" in params ? params.head : undefined;
    if (typeof head !== "number") return;
    const [entry] = await this.#ports.store.read(session.id, { after: head - 1, limit: 1 });
    if (entry?.seq !== head || entry.parent === undefined)
      throw new DaimonError("not_found", `event ${head} is no entry of this conversation`);
  }

  /** A name that nobody answers to is told where it is typed, and not when a turn fails by it. */
  #checkModel({ model }: { model?: string }): void {
    const names = this.#ports.providers().map(({ name }) => name);
    if (model !== undefined && !names.includes(providerOf(model))) throw noSuchModel(model, names);
  }

  /** What nobody is asked about must be held by something. */
  async #checkMode(params: object): Promise<void> {
    if (!("mode" in params) || params.mode !== "full-auto") return;
    const { sandbox } = this.#ports;
    await sandbox.ready();
    if (!sandbox.confines)
      throw new DaimonError(
        "forbidden",
        "full-auto needs a sandbox that holds; daimon sandbox status says what is missing",
      );
  }

  async #create(caller: Caller, params: ParamsOf<"session/create">, settle: Settle<unknown>): Promise<void> {
    const method = "session/create";
    this.#allow(caller, method, params, undefined);
    this.#checkModel(params);
    await this.#checkMode(params);
    // The receipt names the session; what is answered is its view, at the first time as at a retry.
    const told: Settle<unknown> = {
      refused: settle.refused,
      ok: (made) => {
        const { sessionId } = made as { sessionId: string };
        this.#library.session(sessionId).then(({ view }) => settle.ok(fitting(view)), this.#refusing(settle, method));
      },
    };
    await this.#receipts.once(caller.actor.principal, params.opId, method, params, told, false, (receipt, answer) => {
      this.#make(caller, params, receipt, answer).catch(this.#refusing(answer, method));
    });
  }

  async #make(
    caller: Caller,
    params: ParamsOf<"session/create">,
    receipt: (result: unknown) => Receipt[],
    answer: Settle<unknown>,
  ): Promise<void> {
    const settings = this.#ports.settings();
    const { profile = ordinary } = params;
    const set = setBy(profileNamed(profile, settings), settings);
    const id = params.id ?? this.#ports.newId();
    const runtime = params.runtime && (await usableRuntime(this.#ports.runtimes, params.runtime, params.cwd));
    const { cwd, title = cwd.split(/[\\/]/).findLast((part) => part !== "") ?? cwd } = params;
    const event: SessionEvent = {
      type: "session.created",
      id,
      title,
      ...(params.title === undefined ? { untitled: true as const } : {}),
      cwd,
      roots: params.roots ?? [],
      profile,
      runtime: runtime ?? settings.runtime,
      mode: params.mode ?? settings.mode,
      model: params.model ?? set.model,
      thinking: set.thinking,
    };
    mustFit([event]);
    const made = { sessionId: id };
    await this.#library.make(id, (session) => session.make(caller.actor, event, made, receipt(made), answer));
  }

  #removing(session: Session, answer: Settle<unknown>): Settle<unknown> {
    return {
      refused: answer.refused,
      ok: (result) => {
        this.#library
          .remove(session)
          .catch((error: unknown) =>
            this.#ports.log("error", "a deleted session could not be removed", {
              session: session.id,
              error: String(error),
            }),
          )
          .finally(() => answer.ok(result));
      },
    };
  }

  // ---- links -------------------------------------------------------------------------------------------------

  attach(link: Link, params: ParamsOf<"session/attach">, settle: Settle<Attached>): void {
    const { sessionId } = params;
    const wanted = this.#wanted.get(link) ?? new Set();
    this.#wanted.set(link, wanted.add(sessionId));
    this.#library
      .session(sessionId)
      .then((session) => {
        this.#allow(link.caller, "session/attach", params, session.recorded);
        if (this.#left.has(link) || !wanted.has(sessionId)) throw leftAlready();
        session.attach(link, params, settle);
        this.#library.keepWarm();
      })
      .catch(this.#refusing(settle, "session/attach"));
  }

  detach(link: Link, sessionId: string): void {
    this.#wanted.get(link)?.delete(sessionId);
    this.#library.open(sessionId)?.audience.remove(link);
    this.#library.keepWarm();
  }

  home(link: Link, settle: Settle<ResultOf<"home/attach">>): void {
    this.#homes
      .now(link)
      .then((now) => {
        if (this.#left.has(link)) throw leftAlready();
        this.#homes.add(link);
        settle.ok(now);
      })
      .catch(this.#refusing(settle, "home/attach"));
  }

  leave(link: Link): void {
    this.#left.add(link);
    this.#homes.remove(link);
    this.#library.leave(link);
  }

  async #feedHomes(): Promise<void> {
    try {
      await this.#homes.feed(this.#stopped.signal);
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#ports.log("error", "the home feed ended", { error: String(error) });
    }
  }

  /** Everybody who follows a session is told. */
  warn(message: string): void {
    this.#library.warn(message);
  }

  counts() {
    return this.#library.counts();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#library.close();
  }
}

/** They stop and release what runs: behind nothing else that the same client asked for. */
const isCritical = (method: RuledMethod): boolean => method === "session/interrupt" || method === "session/answer";

const leftAlready = () => new DaimonError("gone", "it was left before it was attached");
