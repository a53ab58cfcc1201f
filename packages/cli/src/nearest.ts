/** The word that was probably meant: close enough to be a slip of the keyboard, or the beginning of one word only. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const begun = words.filter((known) => word.length > 1 && known.startsWith(word));
  if (begun.length === 1) return begun[0];
  const near = words
    .map((known) => ({ known, slips: slipsBetween(word, known) }))
    .filter(({ known, slips }) => slips <= Math.max(1, Math.floor(known.length / 3)))
    .toSorted((a, b) => a.slips - b.slips);
  return near[0]?.known;
}

/** Edits from one word to the other, two letters swapped being one. */
function slipsBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity;
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), swapped);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
