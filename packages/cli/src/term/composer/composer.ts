import type { Mode } from "../first.ts";
import { type Draft, draftOf, edited, moved, replaced } from "./draft.ts";
import { markOf, unfolded } from "./pastes.ts";

/** Where people write: a draft for each mode, what was cut and pasted, and where in the history they are. */
export type Composer = {
  mode: Mode;
  drafts: Readonly<Record<Mode, Draft>>;
  /** What was cut, the newest last. */
  kills: readonly string[];
  /** Long pastes by their number. */
  pastes: readonly string[];
  /** The last key cut or put back, and the next one of its kind goes on from there. */
  chain?: { is: "kill" } | { is: "yank"; from: number; back: number };
  /** Of each mode that is in its history: how far back, and the draft that waits in front of it. */
  recalls: Readonly<Partial<Record<Mode, { back: number; draft: Draft } | undefined>>>;
  search?: Search;
  /** Entered, and nobody knows yet whether it is whole. */
  checking?: true;
};

export type Search = { query: string; back: number; draft: Draft };

/** What a key asks of others. `text` is whole; `shown` has marks in place of long pastes. */
export type Intent =
  | { is: "submit"; mode: Mode; text: string; shown: string }
  | { is: "check"; code: string }
  | { is: "toggle"; mode: Mode }
  | { is: "complete"; text: string; cursor: number }
  | { is: "editor"; text: string }
  | { is: "leave" };

/** What the composer is told and does not own. */
export type Surroundings = {
  /** Columns for the text, without the label. */
  columns: number;
  /** What was entered in a mode, the oldest first. */
  history: Readonly<Record<Mode, readonly string[]>>;
  /** What the draft is thought to go on with. */
  ghost?: string;
};

export type Pressed = { composer: Composer; intents: Intent[] };

export const emptyComposer = (mode: Mode = "py"): Composer => ({
  mode,
  drafts: { py: draftOf(""), ai: draftOf("") },
  kills: [],
  pastes: [],
  recalls: {},
});

export const draftIn = (composer: Composer): Draft => composer.drafts[composer.mode];

/** With another draft; what the last key did is over. */
export function withDraft({ chain: _, checking: _k, ...composer }: Composer, draft: Draft): Composer {
  return { ...composer, drafts: { ...composer.drafts, [composer.mode]: draft } };
}

export const withText = (composer: Composer, text: string): Composer =>
  withDraft(composer, replaced(draftIn(composer), text));

/** The draft is taken away: it was sent, or nobody wants it. */
export function cleared({ search: _, ...written }: Composer): Composer {
  const composer = { ...written, recalls: { ...written.recalls, [written.mode]: undefined } };
  const { py, ai } = composer.drafts;
  const other = composer.mode === "py" ? ai : py;
  const emptied = withDraft(composer, draftOf(""));
  return other.text === "" ? { ...emptied, pastes: [] } : emptied;
}

export function submitted(composer: Composer): Pressed {
  const { mode, pastes } = composer;
  const shown = draftIn(composer).text;
  const text = unfolded(shown, pastes);
  return { composer: cleared(composer), intents: [{ is: "submit", mode, text, shown }] };
}

export function pasted(composer: Composer, text: string): Composer {
  const draft = draftIn(composer);
  const mark = markOf(text, composer.pastes);
  const added = edited(draft, draft.cursor, draft.cursor, mark ?? text);
  return withDraft(mark === undefined ? composer : { ...composer, pastes: [...composer.pastes, text] }, added);
}

export const withCursor = (composer: Composer, cursor: number): Composer =>
  withDraft(composer, moved(draftIn(composer), cursor));
