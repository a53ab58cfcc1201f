import { completeness } from "../../session/completeness.ts";
import type { Heard } from "../keys/heard.ts";
import {
  type Composer,
  draftIn,
  type Intent,
  pasted,
  type Pressed,
  submitted,
  type Surroundings,
  withCursor,
  withDraft,
} from "./composer.ts";
import { edited, redone, undone } from "./draft.ts";
import { killed, yanked, yankedOlder } from "./killing.ts";
import { unfolded } from "./pastes.ts";
import { blankLeft, left, lineEnd, lineStart, right, vertical, wordLeft, wordRight } from "./places.ts";
import { foundEnough, recalled, searchedInVain, searching, sought } from "./recall.ts";

type Act = (composer: Composer, around: Surroundings) => Pressed;
const just = (composer: Composer, ...intents: Intent[]): Pressed => ({ composer, intents });
const plain =
  (change: (composer: Composer, around: Surroundings) => Composer): Act =>
  (composer, around) =>
    just(change(composer, around));
const goes = (where: (text: string, at: number) => number): Act =>
  plain((composer) => withCursor(composer, where(draftIn(composer).text, draftIn(composer).cursor)));
const kills = (where: (text: string, at: number) => number): Act =>
  plain((composer) => {
    const { text, cursor } = draftIn(composer);
    const to = where(text, cursor);
    return killed(composer, Math.min(cursor, to), Math.max(cursor, to));
  });
const deletes = (where: (text: string, at: number) => number): Act =>
  plain((composer) => {
    const draft = draftIn(composer);
    const to = where(draft.text, draft.cursor);
    return withDraft(composer, edited(draft, Math.min(draft.cursor, to), Math.max(draft.cursor, to), ""));
  });

/** What people press, and what it does. */
const acts: Record<string, Act> = {
  enter,
  tab: toggle,
  "alt+enter": plain(newline),
  "shift+enter": plain(newline),
  "ctrl+j": plain(newline),
  left: goes(left),
  "ctrl+b": goes(left),
  right: rightOrGhost,
  "ctrl+f": rightOrGhost,
  "ctrl+left": goes(wordLeft),
  "alt+left": goes(wordLeft),
  "alt+b": goes(wordLeft),
  "ctrl+right": goes(wordRight),
  "alt+right": goes(wordRight),
  "alt+f": goes(wordRight),
  home: goes(lineStart),
  "ctrl+a": goes(lineStart),
  end: goes(lineEnd),
  "ctrl+e": goes(lineEnd),
  "ctrl+home": goes(() => 0),
  "alt+<": goes(() => 0),
  "ctrl+end": goes((text) => text.length),
  "alt+>": goes((text) => text.length),
  up: upOrDown(-1),
  "ctrl+p": upOrDown(-1),
  down: upOrDown(1),
  "ctrl+n": upOrDown(1),
  "ctrl+up": plain((composer, around) => recalled(composer, around, 1)),
  "ctrl+down": plain((composer, around) => recalled(composer, around, -1)),
  backspace: deletes(left),
  "ctrl+h": deletes(left),
  "shift+backspace": deletes(left),
  delete: deletes(right),
  "ctrl+d": deleteOrLeave,
  "ctrl+k": kills((text, at) => (lineEnd(text, at) === at ? Math.min(text.length, at + 1) : lineEnd(text, at))),
  "ctrl+u": kills((text, at) => (lineStart(text, at) === at ? Math.max(0, at - 1) : lineStart(text, at))),
  "ctrl+w": kills(blankLeft),
  "alt+backspace": kills(wordLeft),
  "ctrl+backspace": kills(wordLeft),
  "alt+d": kills(wordRight),
  "ctrl+delete": kills(wordRight),
  "ctrl+y": plain(yanked),
  "alt+y": plain(yankedOlder),
  "ctrl+_": plain((composer) => withDraft(composer, undone(draftIn(composer)))),
  "ctrl+/": plain((composer) => withDraft(composer, undone(draftIn(composer)))),
  "alt+_": plain((composer) => withDraft(composer, redone(draftIn(composer)))),
  "ctrl+shift+z": plain((composer) => withDraft(composer, redone(draftIn(composer)))),
  "ctrl+r": plain(searching),
  "ctrl+space": (composer) => just(composer, { is: "complete", ...pick(composer) }),
  "ctrl+g": (composer) => just(composer, { is: "editor", text: unfolded(draftIn(composer).text, composer.pastes) }),
};
const pick = (composer: Composer) => ({ text: draftIn(composer).text, cursor: draftIn(composer).cursor });

/** One key, and what comes of it; undefined where it is none of the composer's. */
export function press(composer: Composer, heard: Heard, around: Surroundings): Pressed | undefined {
  if (heard.is !== "paste" && (heard.is !== "key" || heard.act === "release")) return undefined;
  // Who goes on typing does not wait for an answer: what is likely holds.
  if (composer.checking) return after(decided(composer, undefined), (now) => press(now, heard, around));
  if (heard.is === "paste") return just(pasted(composer.search ? foundEnough(composer) : composer, heard.text));
  if (composer.search)
    return pressInSearch(composer, heard.chord, heard.text, around) ?? press(foundEnough(composer), heard, around);
  if (heard.text !== undefined) return just(typed(composer, heard.text));
  return Object.hasOwn(acts, heard.chord) ? acts[heard.chord]!(composer, around) : undefined;
}

function after(first: Pressed, next: (composer: Composer) => Pressed | undefined): Pressed {
  const then = next(first.composer);
  return then ? { composer: then.composer, intents: [...first.intents, ...then.intents] } : first;
}

function typed(composer: Composer, text: string): Composer {
  const draft = draftIn(composer);
  return withDraft(composer, edited(draft, draft.cursor, draft.cursor, text, true));
}

function enter(composer: Composer): Pressed {
  const { text } = draftIn(composer);
  if (text.trim() === "") return just(composer);
  if (composer.mode === "ai" || text.startsWith("/")) return submitted(composer);
  const code = unfolded(text, composer.pastes);
  const verdict = completeness(code);
  if (!("sure" in verdict)) return just({ ...composer, checking: true }, { is: "check", code });
  return verdict.sure === "complete" ? submitted(composer) : just(newline(composer));
}

/** Whether what was entered is whole: by Python's answer, or by what is likely where none came in time. */
export function decided(composer: Composer, answer: boolean | undefined): Pressed {
  const { checking, ...rest } = composer;
  if (!checking) return just(composer);
  const verdict = completeness(unfolded(draftIn(composer).text, composer.pastes));
  const isWhole = answer ?? Object.values(verdict)[0] === "complete";
  return isWhole ? submitted(rest) : just(newline(rest));
}

const opens = /[:([{]\s*(?:#.*)?$/;

/** A new line; in Python one that begins where its block does. */
function newline(composer: Composer): Composer {
  const draft = draftIn(composer);
  const { text, cursor } = draft;
  const line = text.slice(lineStart(text, cursor), cursor);
  const indent = composer.mode === "py" ? /^[ \t]*/.exec(line)![0] + (opens.test(line) ? "    " : "") : "";
  return withDraft(composer, edited(draft, cursor, cursor, `\n${indent}`));
}

function toggle({ chain: _, ...composer }: Composer): Pressed {
  const mode = composer.mode === "py" ? "ai" : "py";
  return just({ ...composer, mode }, { is: "toggle", mode });
}

function rightOrGhost(composer: Composer, around: Surroundings): Pressed {
  const draft = draftIn(composer);
  const { text, cursor } = draft;
  if (cursor < text.length || !around.ghost) return goes(right)(composer, around);
  return just(withDraft(composer, edited(draft, cursor, cursor, around.ghost)));
}

function upOrDown(way: -1 | 1): Act {
  return plain((composer, around) => {
    const draft = draftIn(composer);
    const to = vertical(draft.text, draft.cursor, way, around.columns, draft.aim);
    if (to) return withDraft(composer, { ...draft, cursor: to.at, aim: to.aim, typing: false });
    return recalled(composer, around, way === -1 ? 1 : -1);
  });
}

function deleteOrLeave(composer: Composer, around: Surroundings): Pressed {
  return draftIn(composer).text === "" ? just(composer, { is: "leave" }) : deletes(right)(composer, around);
}

/** Undefined: the key ends the search, and does what it does. */
function pressInSearch(
  composer: Composer,
  chord: string,
  text: string | undefined,
  around: Surroundings,
): Pressed | undefined {
  const query = composer.search?.query ?? "";
  if (text !== undefined) return just(sought(composer, around, query + text, 0));
  if (chord === "ctrl+r") return just(sought(composer, around, query, 1));
  if (chord === "ctrl+s") return just(sought(composer, around, query, -1));
  if (chord === "backspace" || chord === "ctrl+h") {
    const shorter = query.slice(0, left(query, query.length));
    return just(sought({ ...composer, search: { ...composer.search!, back: 0 } }, around, shorter, 0));
  }
  if (chord === "enter") return just(foundEnough(composer));
  return chord === "escape" || chord === "ctrl+g" || chord === "ctrl+c" ? just(searchedInVain(composer)) : undefined;
}
