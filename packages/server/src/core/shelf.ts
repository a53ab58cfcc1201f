import {
  DaimonError,
  emptyView,
  type ParamsOf,
  type Recorded,
  type ResultOf,
  sizes,
  type Summary,
} from "@daimon/protocol";
import { fitting } from "./attach.ts";
import { pageBefore } from "./history.ts";
import type { Caller, ReadRange, Store } from "./ports.ts";
import { summariesOf } from "./read.ts";
import type { Session } from "./session.ts";
import { sees } from "./tokens.ts";

/** What can be read of sessions, without changing one. */

export async function list(
  store: Store,
  caller: Pick<Caller, "sessions">,
  { query, cwd, before, limit = 50 }: ParamsOf<"session/list">,
): Promise<ResultOf<"session/list">> {
  const asked = {
    ...(query === undefined ? {} : { text: query }),
    ...(before === undefined ? {} : { behind: { at: before - 1, id: "" } }),
  };
  const sessions: Summary[] = [];
  for await (const summary of summariesOf(store, asked, cwd === undefined ? limit + 1 : undefined)) {
    if ((cwd !== undefined && summary.cwd !== cwd) || !sees(caller, summary.id)) continue;
    const last = sessions.at(-1);
    // A page ends after all that share its last moment: the next begins before that, and nobody is passed over.
    if (last && sessions.length >= limit && summary.at < last.at) return { sessions, next: last.at };
    sessions.push(summary);
  }
  return { sessions };
}

/** By its id, a unique beginning of it, or its title. */
export async function find(store: Store, caller: Pick<Caller, "sessions">, name: string): Promise<Summary> {
  const exact = await store.summary(name);
  if (exact && sees(caller, exact.id)) return exact;
  const named: Summary[] = [];
  for await (const summary of summariesOf(store))
    if ((summary.id.startsWith(name) || summary.title === name) && sees(caller, summary.id)) named.push(summary);
  const [only] = named;
  if (!only) throw new DaimonError("not_found", `there is no session ${name}; "daimon sessions" lists them`);
  if (named.length === 1) return only;
  const some = named.slice(0, 5).map(({ id, title }) => `${id} (${title})`);
  throw new DaimonError(
    "ambiguous",
    `${name} could be ${some.join(", ")}${named.length > 5 ? ", ..." : ""}; give more of the id`,
    {
      details: { ids: named.slice(0, 20).map(({ id }) => id) },
    },
  );
}

export async function events(
  store: Store,
  { id, view: { seq } }: Session,
  { after = 0, limit = 1000 }: ParamsOf<"session/events">,
): Promise<ResultOf<"session/events">> {
  if (after > seq)
    throw new DaimonError("gone", `this session is at ${seq}; ask for what comes after that`, {
      details: { oldest: 1, seq },
    });
  const page: Recorded[] = [];
  let room: number = sizes.viewReply;
  for (const recorded of await store.read(id, { after, limit })) {
    room -= JSON.stringify(recorded).length;
    if (recorded.seq > seq || (room < 0 && page.length > 0)) break;
    page.push(recorded);
  }
  const last = page.at(-1);
  return last && last.seq < seq ? { events: page, next: last.seq } : { events: page };
}

export async function history(
  store: Store,
  { id, view: { seq, head }, moves }: Session,
  { before = seq + 1, limit = 100 }: ParamsOf<"session/history">,
): Promise<ResultOf<"session/history">> {
  const read = (range: ReadRange) => store.read(id, range);
  const page = await pageBefore(read, { head, moves }, Math.min(before, seq + 1), limit);
  const { items, older } = fitting({ ...emptyView, ...page });
  return older === undefined ? { items } : { items, older };
}
