import { type DaimonError, type EventType, type Method } from "../../packages/protocol/src/index.ts";
import type { Clock, Hub } from "../../packages/server/src/core/ports.ts";
import type { Client } from "./client.ts";
import type { Truth } from "./truth.ts";

/** Commands and what became of them: answered once each, and done once each. */

export type Attempt = {
  principal: string;
  opId: string;
  method: Method;
  params: object;
  settled: number;
  code?: string;
  message?: string;
  /** It was told that nothing was changed, and not that nobody knows. */
  early?: boolean;
  result?: string;
};

/** The one event that a command is about; whatever else it causes comes with it. */
const about: { [M in Method]?: readonly EventType[] } = {
  "session/create": ["session.created"],
  "session/input": ["input.queued"],
  "session/python": ["cell.queued"],
  "session/interrupt": ["turn.stopping"],
  "session/cancel": ["input.cancelled", "cell.finished"],
  "session/resume": ["queue.released"],
  "session/answer": ["ask.answered"],
  "session/update": ["session.updated", "head.moved"],
  "session/kernel": ["kernel.starting", "kernel.stopped"],
};
/** Facts that an acknowledged command must have left: looking leaves none, nor does a second interrupt. */
const leaves = (method: Method): boolean => method in about && method !== "session/interrupt";
const patience = 10_000;

export class Asking {
  readonly attempts: Attempt[] = [];
  /** What commands may be refused with. */
  readonly refusals = new Set([
    "not_found",
    "invalid",
    "conflict",
    "busy",
    "already_answered",
    "already_ended",
    "op_mismatch",
    "store_unavailable",
  ]);
  readonly #hub: Hub;
  readonly #truth: Truth;
  readonly #clock: Clock;
  readonly #told: (attempt: Attempt, result: unknown) => void;
  #ops = 0;

  constructor(hub: Hub, truth: Truth, clock: Clock, told: (attempt: Attempt, result: unknown) => void) {
    this.#told = told;
    this.#hub = hub;
    this.#truth = truth;
    this.#clock = clock;
  }

  get unanswered(): number {
    return this.attempts.filter(({ settled }) => settled === 0).length;
  }

  /** A new command, or one that was given before under this opId. */
  ask(client: Client, method: Method, params: object, opId = `op ${++this.#ops}`): Attempt {
    const { principal } = client.caller.actor;
    const attempt: Attempt = { principal, opId, method, params, settled: 0 };
    this.attempts.push(attempt);
    const since = this.#clock.now();
    const { link } = client;
    this.#hub.submit(
      client.caller,
      method,
      { ...params, opId },
      {
        ok: (result) => {
          this.#settled(attempt);
          attempt.result = JSON.stringify(result);
          this.#acknowledged(attempt, result);
          this.#told(attempt, result);
          const { sessionId } = params as { sessionId?: string };
          const { seq } = result as { seq?: number };
          link?.put(() => this.#arrived(client, sessionId, seq, opId));
        },
        refused: (error) => {
          this.#settled(attempt);
          attempt.code = error.code;
          attempt.message = error.message;
          this.#refused(attempt, error, this.#clock.now() - since);
        },
      },
    );
    return attempt;
  }

  #settled(attempt: Attempt): void {
    attempt.settled++;
    if (attempt.settled > 1) this.#truth.wrong(`${attempt.opId} is answered ${attempt.settled} times`);
  }

  #facts({ principal, opId, method }: Attempt): number {
    return this.#truth.of(principal, opId).filter(({ event }) => about[method]?.includes(event.type)).length;
  }

  #acknowledged(attempt: Attempt, result: unknown): void {
    const { opId, method, params } = attempt;
    const { sessionId = "" } = params as { sessionId?: string };
    const { seq } = result as { seq?: number };
    if (method !== "session/create" && this.#truth.events(sessionId).length < (seq ?? 0))
      this.#truth.wrong(`${opId} is acknowledged at ${seq} before that is stored`);
    if (this.#facts(attempt) !== 1 && leaves(method))
      this.#truth.wrong(`${opId} (${method}) is acknowledged while the log has ${this.#facts(attempt)} of it`);
    const first = this.#same(attempt).find(({ result: known }) => known !== undefined && known !== attempt.result);
    if (first && method !== "session/create")
      this.#truth.wrong(`${opId} is answered ${attempt.result} after ${first.result}`);
  }

  #refused(attempt: Attempt, error: DaimonError, waited: number): void {
    const { opId, method, code = "" } = attempt;
    if (!this.refusals.has(code)) this.#truth.wrong(`${opId} (${method}) is refused with ${code}: ${error.message}`);
    attempt.early = code === "store_unavailable" && waited < patience;
    if (attempt.early && this.#facts(attempt) > 0)
      this.#truth.wrong(`${opId} (${method}) is told that nothing was changed, and it is in the log`);
    if (code === "op_mismatch" && this.#others(attempt).length === 0)
      this.#truth.wrong(`${opId} was never used for anything else`);
  }

  /** A reply never overtakes the frames before it. */
  #arrived(client: Client, session: string | undefined, seq = 0, opId: string): void {
    const fold = session === undefined ? undefined : client.folds.get(session);
    if (fold?.state === "live" && fold.view.seq < seq)
      this.#truth.wrong(`${client.name} is told of ${opId} at ${seq} and has seen ${fold.view.seq}`);
  }

  #ofOp({ principal, opId }: Attempt): Attempt[] {
    return this.attempts.filter((other) => other.principal === principal && other.opId === opId);
  }
  #same(attempt: Attempt): Attempt[] {
    return this.#ofOp(attempt).filter((other) => other !== attempt && alike(other, attempt));
  }
  #others(attempt: Attempt): Attempt[] {
    return this.#ofOp(attempt).filter((other) => !alike(other, attempt));
  }

  /** Commands of which the newest answer is that nobody knows, or that nothing was changed: which must be true. */
  unsure(): Attempt[] {
    const unsure = this.#unsure();
    for (const attempt of unsure)
      if (attempt.early && this.#ofOp(attempt).every(({ early }) => early) && this.#facts(attempt) > 0)
        this.#truth.wrong(
          `${attempt.opId} (${attempt.method}) was told that nothing was changed, and it happened after all`,
        );
    return unsure;
  }

  #unsure(): Attempt[] {
    return this.attempts.filter((attempt, index) => {
      if (attempt.code !== "store_unavailable") return false;
      const same = this.#same(attempt);
      const later = same.some((other) => this.attempts.indexOf(other) > index);
      return !later && same.every(({ result }) => result === undefined);
    });
  }

  /** Once everything has settled: what was acknowledged is there once, what was refused is not there. */
  check(): void {
    for (const attempt of this.attempts) {
      const { opId, method, settled } = attempt;
      if (settled !== 1) this.#truth.wrong(`${opId} (${method}) was answered ${settled} times`);
      const facts = this.#facts(attempt);
      const done = this.#ofOp(attempt).some(({ result }) => result !== undefined);
      const most = done ? 1 : 0;
      const least = done && leaves(method) ? 1 : 0;
      if (facts < least || facts > most) this.#truth.wrong(`${opId} (${method}) is in the log ${facts} times`);
    }
  }
}

const alike = (a: Attempt, b: Attempt) =>
  a.method === b.method && JSON.stringify(a.params) === JSON.stringify(b.params);
