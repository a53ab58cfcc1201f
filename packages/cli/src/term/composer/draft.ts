/** A text that is being written, with its cursor and the way back through what was done to it. */

type Moment = { text: string; cursor: number };

export type Draft = Moment & {
  /** What was before each change, and what was taken back. */
  before: readonly Moment[];
  after: readonly Moment[];
  /** The last change was typing, and more of it belongs to it. */
  typing: boolean;
  /** The column that a run of moves up and down aims at. */
  aim?: number;
};

/** Fewer steps back in a long text: each of them holds all of it. */
const deepest = (text: string) => Math.max(20, Math.min(500, Math.floor(4_000_000 / (text.length + 1))));

export const draftOf = (text: string, cursor = text.length): Draft => ({
  text,
  cursor,
  before: [],
  after: [],
  typing: false,
});

export const moved = ({ aim: _, ...draft }: Draft, cursor: number): Draft => ({ ...draft, cursor, typing: false });

/** With another text between two places, the cursor behind it. */
export function edited(draft: Draft, from: number, to: number, text: string, typing = false): Draft {
  if (from === to && text === "") return moved(draft, from);
  const { text: old, cursor } = draft;
  // A blank ends what is taken back at once: a word is.
  const goesOn = typing && draft.typing && !/\s/.test(old.charAt(from - 1));
  const before = goesOn ? draft.before : [...draft.before.slice(1 - deepest(old)), { text: old, cursor }];
  return { text: old.slice(0, from) + text + old.slice(to), cursor: from + text.length, before, after: [], typing };
}

export const replaced = (draft: Draft, text: string): Draft => edited(draft, 0, draft.text.length, text);

export function undone({ text, cursor, before, after }: Draft): Draft {
  const last = before.at(-1);
  if (!last) return { text, cursor, before, after, typing: false };
  return { ...last, before: before.slice(0, -1), after: [...after, { text, cursor }], typing: false };
}

export function redone({ text, cursor, before, after }: Draft): Draft {
  const next = after.at(-1);
  if (!next) return { text, cursor, before, after, typing: false };
  return { ...next, before: [...before, { text, cursor }], after: after.slice(0, -1), typing: false };
}
