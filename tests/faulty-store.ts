import type { AppendOutcome, Batch, Store } from "../packages/server/src/core/ports.ts";

/**
 * What becomes of one batch. "unknown" was either written all the same or lost, or is written before the store next
 * answers; nobody is told which.
 */
export type Fault = "ok" | "failed" | "unknown-written" | "unknown-lost" | "unknown-late" | "stale";

/** The real store, where only the outcome of a commit is bent: `next` is asked once for each batch. */
export function faultyStore(store: Store, next: (batch: Batch) => Fault): Store {
  let late: Batch[] = [];

  async function append(batches: readonly Batch[]): Promise<AppendOutcome[]> {
    const planned = batches.map((batch) => ({ batch, fault: next(batch) }));
    for (const { batch, fault } of planned) if (fault === "stale") await store.acquire(batch.session, "somebody else");
    late.push(...planned.flatMap(({ batch, fault }) => (fault === "unknown-late" ? [batch] : [])));
    const sent = planned.filter(({ fault }) => fault === "ok" || fault === "unknown-written" || fault === "stale");
    const answers = await store.append(sent.map(({ batch }) => batch));
    return planned.map((plan) => {
      if (plan.fault === "failed") return { is: "failed", reason: "injected" };
      if (plan.fault === "unknown-lost" || plan.fault === "unknown-late") return { is: "unknown", reason: "injected" };
      const answer = answers[sent.indexOf(plan)];
      if (!answer) throw new Error("the store answered fewer batches than it was given");
      return plan.fault === "unknown-written" && answer.is === "ok" ? { is: "unknown", reason: "injected" } : answer;
    });
  }

  async function probe(): Promise<void> {
    const batches = late;
    late = [];
    await store.append(batches);
    await store.probe();
  }

  return new Proxy(store, {
    get(target, name) {
      if (name === "append") return append;
      if (name === "probe") return probe;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
