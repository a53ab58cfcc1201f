import { DaimonError } from "@daimon/protocol";
import { digestOf } from "./digest.ts";
import type { Clock, Receipt, Settle, Store } from "./ports.ts";

const askerPatience = 10_000;
const remembered = 2000;
/** A retry that comes later than this is a new command. */
export const receiptsKept = 7 * 24 * 3600_000;

/**
 * Once per (principal, opId): a retry joins the command while it is under way and is answered from its receipt
 * after; the same id for something else is refused. Refusals are kept by nobody, so they may be tried again.
 */
export class Receipts {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #underWay = new Map<string, { digest: string; askers: Settle<unknown>[] }>();
  /** The newest ones, so that few retries need the disk. */
  readonly #recent = new Map<string, Receipt>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * `run` gets what makes the receipt of a result, and how to answer; it is not called when the answer is known.
   * `urgent` commands run though the store cannot say in this tick whether it knows them; they leave no receipt on it then,
   * for there may be one. Returns when it is decided: `run` was called, or never will be.
   */
  async once(
    principal: string,
    opId: string | undefined,
    method: string,
    params: object,
    asker: Settle<unknown>,
    urgent: boolean,
    run: (receipt: (result: unknown) => Receipt[], settle: Settle<unknown>) => void,
  ): Promise<void> {
    if (opId === undefined) {
      run(() => [], this.#patient(asker));
      return;
    }
    const scope = `${principal} ${opId}`;
    const digest = digestOf(method, { ...params, opId: undefined });
    const same = this.#underWay.get(scope);
    if (same && same.digest === digest) same.askers.push(this.#patient(asker));
    else if (same) asker.refused(mismatch(opId));
    else {
      const askers = [this.#patient(asker)];
      this.#underWay.set(scope, { digest, askers });
      let made: Receipt | undefined;
      // What was refused did not happen: only what was done is remembered.
      const all = this.#toAll(scope, askers, () => made && this.#remember(scope, made));
      const receipt = (result: unknown): Receipt[] => {
        made = { principal, opId, digest, result: JSON.stringify(result), at: this.#clock.now() };
        return [made];
      };
      const known = this.#remembered(scope) ?? (await this.#kept(principal, opId, urgent));
      if (known === "unreadable" && urgent) run((result) => receipt(result).slice(1), all);
      else if (known === "unreadable") all.refused(unreadable());
      else if (known) this.#answer(known, digest, all);
      else run(receipt, all);
    }
  }

  async #kept(principal: string, opId: string, urgent: boolean): Promise<Receipt | "unreadable" | undefined> {
    const kept = this.#store.receipt(principal, opId).catch(() => "unreadable" as const);
    if (!urgent) return kept;
    // Stopping something never waits for the disk.
    const late = new Promise<"unreadable">((resolve) => setImmediate(() => resolve("unreadable")));
    return Promise.race([kept, late]);
  }

  #answer(kept: Receipt, digest: string, settle: Settle<unknown>): void {
    if (kept.digest === digest) settle.ok(JSON.parse(kept.result));
    else settle.refused(mismatch(kept.opId));
  }

  #toAll(scope: string, askers: Settle<unknown>[], done: () => void): Settle<unknown> {
    const each = (tell: (asker: Settle<unknown>) => void) => {
      this.#underWay.delete(scope);
      for (const asker of askers) tell(asker);
    };
    return {
      ok: (result) => {
        done();
        each((asker) => asker.ok(result));
      },
      refused: (error) => each((asker) => asker.refused(error)),
    };
  }

  /** Not for longer than the store: whether a retry is known must not depend on a restart. */
  #remembered(scope: string): Receipt | undefined {
    const receipt = this.#recent.get(scope);
    return receipt && receipt.at >= this.#clock.now() - receiptsKept ? receipt : undefined;
  }

  #remember(scope: string, receipt: Receipt): void {
    this.#recent.set(scope, receipt);
    const oldest = this.#recent.keys().next().value;
    if (this.#recent.size > remembered && oldest !== undefined) this.#recent.delete(oldest);
  }

  /** Nobody waits longer than 10 s: what they asked may still happen, and the same opId tells them later. */
  #patient(asker: Settle<unknown>): Settle<unknown> {
    let waiting = true;
    const first = () => waiting && !(waiting = false) && (cancel(), true);
    const late = new DaimonError("store_unavailable", "no answer within 10 s; ask again with the same opId");
    const cancel = this.#clock.after(askerPatience, () => {
      if (first()) asker.refused(late);
    });
    return {
      ok: (result) => void (first() && asker.ok(result)),
      refused: (error) => void (first() && asker.refused(error)),
    };
  }
}

const unreadable = () =>
  new DaimonError("store_unavailable", "the log cannot be read at the moment; try again shortly");
const mismatch = (opId: string) =>
  new DaimonError("op_mismatch", `the opId ${opId} was used for something else; take a new one for every command`);

/** The commit of a command failed or nobody knew of it: only its receipt tells. */
export function answerLate(
  store: Store,
  receipt: Receipt | undefined,
  settle: Settle<unknown>,
  unavailable: () => DaimonError,
): void {
  const refuse = () => settle.refused(unavailable());
  if (!receipt) {
    refuse();
    return;
  }
  store
    .receipt(receipt.principal, receipt.opId)
    .then((kept) => (kept?.digest === receipt.digest ? settle.ok(JSON.parse(kept.result)) : refuse()))
    .catch(refuse);
}
