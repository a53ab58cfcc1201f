import { type Composer, draftIn, type Search, type Surroundings, withDraft } from "./composer.ts";
import { draftOf } from "./draft.ts";

/** Going back to what was entered before, by steps or by what it says. The draft waits until people come back to it. */

export function recalled(composer: Composer, { history }: Surroundings, by: 1 | -1): Composer {
  const { mode, recalls } = composer;
  const entries = history[mode];
  const back = (recalls[mode]?.back ?? 0) + by;
  if (back < 0 || back > entries.length) return composer;
  const draft = recalls[mode]?.draft ?? draftIn(composer);
  if (back === 0) return { ...withDraft(composer, draft), recalls: { ...recalls, [mode]: undefined } };
  return { ...withDraft(composer, draftOf(entries.at(-back)!)), recalls: { ...recalls, [mode]: { back, draft } } };
}

export const searching = (composer: Composer): Composer => ({
  ...composer,
  search: { query: "", back: 0, draft: draftIn(composer) },
});

/** The next entry that holds the query: `by` 1 an older one, -1 a newer one, 0 the one that is shown if it does. */
export function sought(composer: Composer, { history }: Surroundings, query: string, by: 1 | -1 | 0): Composer {
  const { search } = composer;
  if (!search) return composer;
  const entries = history[composer.mode];
  // All lower-case finds both cases.
  const exact = query !== query.toLowerCase();
  const holds = (entry: string) => (exact ? entry : entry.toLowerCase()).includes(query);
  const way = by === -1 ? -1 : 1;
  for (let back = Math.max(1, search.back + by); back >= 1 && back <= entries.length; back += way) {
    const entry = entries.at(-back)!;
    // The same again is no other find.
    if (!holds(entry) || (by !== 0 && entry === draftIn(composer).text)) continue;
    const at = (exact ? entry : entry.toLowerCase()).indexOf(query);
    return { ...withDraft(composer, draftOf(entry, at)), search: { ...search, query, back } };
  }
  return by === 0 ? { ...composer, search: { ...search, query } } : composer;
}

/** Whether what is shown is a find. */
export const isFound = ({ query, back }: Search, text: string): boolean =>
  back > 0 && text.toLowerCase().includes(query.toLowerCase());

export function foundEnough({ search: _, ...composer }: Composer): Composer {
  const draft = draftIn(composer);
  return withDraft(composer, { ...draft, cursor: draft.text.length });
}

export function searchedInVain({ search, ...composer }: Composer): Composer {
  return search ? withDraft(composer, search.draft) : composer;
}
