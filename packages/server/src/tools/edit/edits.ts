import { DaimonError } from "@daimon/protocol";
import { quoted } from "../paths/words.ts";
import { type Found, Matcher } from "./match.ts";
import { nearestTo } from "./nearest.ts";
import { type Change, changed, linesOf, withPlainEnds } from "./text.ts";

export type Edit = { oldText: string; newText: string };
/** `alike`: in the order of the edits, which were found only as they read. */
export type Edited = { text: string; alike: number[] };

/** Every edit is looked for in the text as it is, so none depends on another; all are made or none. */
export function applyEdits(text: string, edits: readonly Edit[], path: string): Edited {
  const lines = linesOf(text);
  const matcher = new Matcher(lines.body);
  const alike: number[] = [];
  const changes = edits.map(({ oldText, newText }, index): Change & { index: number } => {
    const old = withPlainEnds(oldText);
    const which = edits.length > 1 ? ` of edit ${index + 1}` : "";
    const { is, at } = matcher.find(old);
    const [found, ...others] = at;
    if (!found) throw notThere(old, lines.body, which, path);
    if (others.length > 0) throw ambiguous(at, lines.body, which, path);
    if (is === "alike") alike.push(index + 1);
    return { ...found, old, now: withPlainEnds(newText), index };
  });
  const inOrder = changes.toSorted((a, b) => a.start - b.start);
  for (const [index, { start, index: which }] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before && before.end > start) throw overlapping(before.index + 1, which + 1);
  }
  const result = changed(lines, inOrder);
  if (result === text) throw nothing(path);
  return { text: result, alike };
}

const refused = (sentence: string) => new DaimonError("invalid", `${sentence} Nothing was changed.`);

function ambiguous(at: readonly Found[], body: string, which: string, path: string): DaimonError {
  const shown = at.slice(0, 10).map(({ start }) => lineAt(body, start));
  const lines = `${shown.join(", ")}${at.length > shown.length ? ", ..." : ""}`;
  return refused(
    `Found ${at.length} occurrences of the text${which} in ${quoted(path)} (lines ${lines}); it must be unique: add lines around it.`,
  );
}

function notThere(old: string, body: string, which: string, path: string): DaimonError {
  const near = nearestTo(old, body);
  if (!near)
    return refused(`The text${which} was not found in ${quoted(path)}: read it, and give the text as it is there.`);
  const lines = near.lines.map((line, index) => `${near.line + index}\t${line}`).join("\n");
  return refused(
    `The text${which} was not found in ${quoted(path)}. Nearest are:\n${lines}\nGive the text exactly as it is there.`,
  );
}

const overlapping = (one: number, other: number) =>
  refused(`Edits ${Math.min(one, other)} and ${Math.max(one, other)} are about the same text: make one of them.`);

const nothing = (path: string) =>
  new DaimonError("invalid", `That would change nothing in ${quoted(path)}: its line ends stay as they are.`);

function lineAt(body: string, place: number): number {
  let line = 1;
  for (let at = body.indexOf("\n"); at >= 0 && at < place; at = body.indexOf("\n", at + 1)) line++;
  return line;
}
