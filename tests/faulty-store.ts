import type { AppendOutcome, Batch, Store } from "../packages/server/src/core/ports.ts";

/** What becomes of one batch. "unknown" was either written all the same or lost; nobody is told which. */
export type Fault = "ok" | "failed" | "unknown-written" | "unknown-lost" | "stale";

/** The real store, where only the outcome of a commit is bent: `next` is asked once for each batch. */
export function faultyStore(store: Store, next: (batch: Batch) => Fault): Store {
  async function append(batches: readonly Batch[]): Promise<AppendOutcome[]> {
    const planned = batches.map((batch) => ({ batch, fault: next(batch) }));
    for (const { batch, fault } of planned) if (fault === "stale") await store.acquire(batch.session, "somebody else");
    const sent = planned.filter(({ fault }) => fault !== "failed" && fault !== "unknown-lost");
    const answers = await store.append(sent.map(({ batch }) => batch));
    return planned.map((plan) => {
      if (plan.fault === "failed") return { is: "failed", reason: "injected" };
      if (plan.fault === "unknown-lost") return { is: "unknown", reason: "injected" };
      const answer = answers[sent.indexOf(plan)];
      if (!answer) throw new Error("the store answered fewer batches than it was given");
      return plan.fault === "unknown-written" && answer.is === "ok" ? { is: "unknown", reason: "injected" } : answer;
    });
  }

  return new Proxy(store, {
    get(target, name) {
      if (name === "append") return append;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
