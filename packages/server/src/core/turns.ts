import { type BlockText, type Ceiling, isNothing, type Mode, type SessionView } from "@daimon/protocol";
import { daemon } from "./actors.ts";
import type { Clock, Log, ModelRequest, Provider, Tool } from "./ports.ts";
import type { CompactionPorts } from "./compaction.ts";
import { handsOf, type HandsWorld } from "./hands.ts";
import { limitsUnder, modeUnder, profileUnder } from "./ceiling.ts";
import { offers, type Profile, profileNamed, profileOf, type Settings } from "./profiles.ts";
import { noSuchModel, providerOf } from "./naming.ts";
import { placeOf, verdictOf, type WeighingWorld } from "./weighing.ts";
import { defaultLimits } from "./rules.ts";
import { type Scribe, Stale } from "./scribe.ts";
import { closeTurn, outcomeOf, type Used } from "./recover.ts";
import { isToWatch, Keeper, watch, type WatchWorld } from "./watching.ts";
import { hasAnswered, playTurn, type TurnPorts } from "./turn.ts";

/** How long calls of a turn that was told to stop may take to come to their end. */
const stopPatience = 3000;

export type TurnWorld = HandsWorld &
  WeighingWorld &
  WatchWorld & {
    view(): SessionView;
    scribe(wanted: (view: SessionView) => boolean): Scribe;
    texts(): ReadonlyMap<number, BlockText>;
    settings(): Settings;
    compaction: CompactionPorts;
    log: Log;
    tool(name: string): Tool | undefined;
    check(tool: Tool, input: unknown): string | undefined;
    /** What the project takes away, as it is now. */
    ceiling(): Promise<Ceiling>;
    request(profile: Profile, mode: Mode): Promise<Omit<ModelRequest, "model">>;
    callInput(call: number): Promise<unknown>;
    repeats(callId: string): Promise<number>;
    /** How long cells of the assistant waited for people's lines, all in all. */
    waitedForLines(): number;
    /** The turn's work came to rest: what is wanted now is looked at anew, unless the session is closed to it. */
    rested(): void;
  };

type Work = { turn: number; abort: AbortController; done: Promise<void> };

/** The turn lane of one session: plays the turn that both views want, and stops it when either no longer does. */
export class Turns {
  readonly #world: TurnWorld;
  readonly #keeper: Keeper;
  #work: Work | undefined;
  #ending: number | undefined;
  #wake: (() => void)[] = [];
  /** What the newest step has used. */
  used: Used | undefined;

  constructor(world: TurnWorld) {
    this.#world = world;
    this.#keeper = new Keeper(world.blobs);
  }

  get busy(): boolean {
    return this.#work !== undefined;
  }

  /** Something was recorded: whoever waits for a change looks again. */
  changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  abort(): void {
    this.#work?.abort.abort();
    // Should the store have failed, the number of a turn that was never written is given again.
    this.#ending = undefined;
  }

  reconcile(recorded: SessionView, durable: SessionView): void {
    const { turn } = recorded;
    const playable = turn.is === "thinking" || turn.is === "calling" || turn.is === "waiting";
    if (this.#work && (!playable || turn.id !== this.#work.turn)) this.#work.abort.abort();
    if (turn.is === "ending") this.#end(turn.id);
    const same =
      durable.turn.is !== "idle" && durable.turn.is !== "ending" && turn.is !== "idle" && durable.turn.id === turn.id;
    // Work of another turn that was told to stop and has not come to rest holds nobody up: it can write nothing.
    const free = !this.#work || (this.#work.abort.signal.aborted && this.#work.turn !== idOf(turn));
    const goesOn =
      turn.is === "thinking" ||
      turn.is === "calling" ||
      (turn.is === "waiting" && hasAnswered(turn.calls, this.#world.tool));
    if (free && same && goesOn) this.#start(turn.id);
  }

  #start(turn: number): void {
    const abort = new AbortController();
    const scribe = this.#world.scribe(
      (view) =>
        view.turn.is !== "idle" && view.turn.id === turn && !(abort.signal.aborted && view.turn.is !== "ending"),
    );
    const work: Work = { turn, abort, done: Promise.resolve() };
    this.#work = work;
    work.done = this.#play(scribe, abort.signal).finally(() => {
      if (this.#work === work) this.#work = undefined;
      this.#world.rested();
    });
  }

  async #play(scribe: Scribe, signal: AbortSignal): Promise<void> {
    try {
      await playTurn(this.#ports(scribe, await this.#world.ceiling()), signal);
    } catch (error) {
      if (error instanceof Stale || signal.aborted) return;
      this.#world.log("error", "a turn broke", {
        session: this.#world.session,
        error: error instanceof Error ? error.stack : String(error),
      });
      const reason = `a bug in daimon: ${error instanceof Error ? error.message : String(error)}; its log has the details`;
      try {
        scribe.record(daemon, closeTurn(scribe.view, this.#world.texts(), "failed", reason, this.used));
      } catch (stale) {
        if (!(stale instanceof Stale)) throw stale;
      }
    }
  }

  /** Told to stop: at once where nothing runs, else when its calls have come to their end. */
  #end(turn: number): void {
    if (this.#ending === turn) return;
    this.#ending = turn;
    const scribe = this.#world.scribe((view) => view.turn.is === "ending" && view.turn.id === turn);
    const close = () => {
      const { view } = scribe;
      if (view.turn.is === "ending")
        scribe.record(daemon, closeTurn(view, this.#world.texts(), outcomeOf(view.turn.why), view.turn.why, this.used));
    };
    const { turn: lane } = this.#world.view();
    const calls = lane.is !== "idle" && lane.calls.some(({ state }) => state === "started");
    const priced = lane.is !== "idle" && lane.step === this.used?.step ? this.#price(this.used) : undefined;
    if (!this.#work || (!calls && !priced)) {
      close();
      return;
    }
    let cancel = () => {};
    const late = new Promise<void>((resolve) => (cancel = this.#world.clock.after(stopPatience, resolve)));
    void Promise.race([Promise.all([calls ? this.#work.done : undefined, priced]), late])
      .then(close)
      .catch((error: unknown) => {
        if (!(error instanceof Stale)) this.#world.log("error", "a turn could not be ended", { error: String(error) });
      })
      .finally(cancel);
  }

  /** Finds what the cut answer cost so far; undefined where that is known, or cannot be. */
  #price(used: Used): Promise<void> | undefined {
    if (used.cost !== undefined || !used.usage || isNothing(used.usage)) return undefined;
    return this.#world.compaction.price(used.model, used.usage).then((cost) => void (used.cost = cost));
  }

  #ports(scribe: Scribe, ceiling: Ceiling): TurnPorts {
    const world = this.#world;
    // As they are when the turn begins: what changes meanwhile is for the next one.
    const settings = world.settings();
    const profile = profileOf(scribe.view, settings, ceiling);
    const mode = () => modeUnder(scribe.view.mode, ceiling);
    const limits = { ...defaultLimits, ...settings.limits, ...profile?.limits, ...scribe.view.task?.limits };
    const waitedBefore = world.waitedForLines();
    return {
      ...world.compaction,
      scribe,
      limits: limitsUnder(limits, ceiling),
      lines: () => world.waitedForLines() - waitedBefore,
      log: world.log,
      request: async () => {
        const current = profileUnder(profileNamed(scribe.view.profile, settings), ceiling);
        return { ...(await world.request(current, mode())), model: "" };
      },
      tool: (name) => (profile && offers(profile, name) ? world.tool(name) : undefined),
      check: world.check,
      verdict: (tool, input) => verdictOf(world, scribe.view, mode(), tool, input),
      place: (tool) => placeOf(world, scribe.view, tool),
      context: (call, signal) => handsOf(world, this.#keeper, scribe, call, signal),
      watch: (tool, input, context) =>
        isToWatch(tool, input) ? watch(world, this.#keeper, scribe, context) : Promise.resolve(undefined),
      input: world.callInput,
      blobs: world.blobs,
      texts: world.texts,
      uses: (used) => void (this.used = used),
      repeats: world.repeats,
      wait: (ms, signal) => pause(world.clock, ms, signal),
      changed: () => new Promise<void>((resolve) => this.#wake.push(resolve)),
    };
  }
}

const idOf = (turn: SessionView["turn"]): number | undefined => (turn.is === "idle" ? undefined : turn.id);

/** Some time, or until the signal. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    signal.addEventListener("abort", () => (cancel(), resolve()), { once: true });
  });
}

export function chooseProvider(providers: readonly Provider[], full: string): { provider: Provider; model: string } {
  const name = providerOf(full);
  const provider = providers.find((one) => one.name === name);
  if (!provider)
    throw noSuchModel(
      full,
      providers.map((one) => one.name),
    );
  return { provider, model: full.slice(name.length + 1) };
}
