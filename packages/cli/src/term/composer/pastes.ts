/** What was pasted and is long stands in a draft as one mark, and is there in full when it is sent. */

const mark = /\[paste (\d+): [\d,]+ (?:lines|characters)\]/g;
const longestMark = 60;
const most = { lines: 20, characters: 4_000 };

/** The mark of the next paste; undefined: it is short, and stands for itself. */
export function markOf(text: string, pastes: readonly string[]): string | undefined {
  const lines = text.split("\n").length;
  const number = pastes.length + 1;
  if (lines > most.lines) return `[paste ${number}: ${grouped(lines)} lines]`;
  return text.length > most.characters ? `[paste ${number}: ${grouped(text.length)} characters]` : undefined;
}
const grouped = (count: number) => String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");

/** With every mark of ours replaced by what was pasted. */
export const unfolded = (text: string, pastes: readonly string[]): string =>
  pastes.length === 0 ? text : text.replace(mark, (all, number: string) => pastes[Number(number) - 1] ?? all);

export const markEnding = (text: string, at: number): string | undefined => {
  if (text[at - 1] !== "]") return undefined;
  const before = text.slice(Math.max(0, at - longestMark), at);
  const found = [...before.matchAll(mark)].at(-1);
  return found && found.index + found[0].length === before.length ? found[0] : undefined;
};

export const markStarting = (text: string, at: number): string | undefined => {
  if (text[at] !== "[") return undefined;
  const [found] = text.slice(at, at + longestMark).matchAll(mark);
  return found?.index === 0 ? found[0] : undefined;
};
