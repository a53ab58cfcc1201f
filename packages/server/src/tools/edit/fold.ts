/**
 * A text as it reads, whatever it is written with: models write plain quotes, dashes and spaces where a file has others. How far it is
 * indented, and with what, stays.
 */
export const fold = (text: string): string =>
  text
    .normalize("NFKC")
    .replace(/[\u2018-\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, " ");

/** And they leave out spaces at the end of lines. */
export const foldLines = (text: string): string[] =>
  fold(text)
    .split("\n")
    .map((line) => line.trimEnd());

const unfoldedAtMost = 100_000;

/** Where in the line a place in its folded form is; undefined where that is within what reads as several letters. */
export function unfold(line: string, column: number): number | undefined {
  const text = line.trimEnd();
  if (plain.test(text)) return column;
  // Nobody could read it.
  if (text.length > unfoldedAtMost) return undefined;
  const segments = text.match(letterWithMarks) ?? [];
  const folded = segments.map(fold);
  // Some scripts make one letter of several in yet other ways: then nobody can say which is which.
  if (folded.join("") !== fold(text)) return undefined;
  let at = 0;
  let there = 0;
  for (const [index, segment] of segments.entries()) {
    if (there >= column) break;
    at += segment.length;
    there += folded[index]?.length ?? 0;
  }
  return there === column ? at : undefined;
}

/** As nearly every line of a program is. */
const plain = /^[\t\x20-\x7e]*$/;

/** Or a syllable of Hangul: what may become one letter, or several. */
const letterWithMarks = /[\u1100-\u115f][\u1160-\u11a7]?[\u11a8-\u11ff]?|[^\p{M}][\p{M}\uff9e\uff9f]*|\p{M}+/gu;
