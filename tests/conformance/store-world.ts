import { test } from "vitest";
import type { Recorded, Summary } from "../../packages/protocol/src/index.ts";
import type { AppendOutcome, Batch, Store, SummaryQuery } from "../../packages/server/src/core/ports.ts";
import type { Upcasters } from "../../packages/server/src/store/upcast.ts";

/** One place where a store keeps its data. Opening it again, after a close, finds what was there. */
export type Place = {
  open(options?: { upcasters?: Upcasters }): Promise<Store>;
  dispose(): Promise<void>;
};
export type MakePlace = () => Promise<Place>;

export const note = (seq: number, text = `note ${seq}`): Recorded => ({
  seq,
  at: 1_000 + seq,
  v: 1,
  by: { principal: "ann", client: "cli" },
  event: { type: "note.added", text },
});

/** Notes from one place of the log to another, both included. */
export const notes = (first: number, last: number): Recorded[] =>
  Array.from({ length: last - first + 1 }, (_, index) => note(first + index));

export const batch = (session: string, epoch: number, rest: Partial<Batch> = {}): Batch => ({
  session,
  epoch,
  events: [],
  partials: [],
  closed: [],
  receipts: [],
  spent: [],
  audited: [],
  ...rest,
});

export const receipt = (opId: string, at = 1) => ({
  principal: "ann",
  opId,
  digest: `digest of ${opId}`,
  result: "{}",
  at,
});

export const summary = (id: string, at: number, rest: Partial<Summary> = {}): Summary => ({
  id,
  title: `title of ${id}`,
  cwd: "/home/ann",
  model: "offline/guide",
  mode: "ask",
  seq: 1,
  created: 1,
  at,
  doing: "idle",
  asks: 0,
  queued: 0,
  preview: "",
  ...rest,
});

export const is = (outcomes: readonly AppendOutcome[]): string[] => outcomes.map((outcome) => outcome.is);
export const seqs = (events: readonly Recorded[]): number[] => events.map(({ seq }) => seq);

export const listed = (store: Store, query: Omit<SummaryQuery, "limit"> = {}): Promise<Summary[]> =>
  store.summaries({ ...query, limit: 1000 });

export async function everything(store: Store, session: string): Promise<Recorded[]> {
  return store.read(session, { after: 0, limit: 1_000_000 });
}

/** Takes a session and writes notes 1 to `count` into it. */
export async function filled(store: Store, session: string, count: number): Promise<number> {
  const { epoch } = await store.acquire(session, "here");
  await store.append([batch(session, epoch, { events: notes(1, count) })]);
  return epoch;
}

/** A test on a store of its own. */
export function promises(make: MakePlace) {
  return (title: string, body: (store: Store, place: Place) => Promise<void>): void => {
    test(title, async () => {
      const place = await make();
      try {
        await body(await place.open(), place);
      } finally {
        await place.dispose();
      }
    });
  };
}
