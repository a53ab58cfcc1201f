import { nearest as resembling } from "@daimon/protocol";

/** The word that was probably meant: the beginning of one word only, or a slip of the keyboard. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const begun = words.filter((known) => word.length > 1 && known.startsWith(word));
  return begun.length === 1 ? begun[0] : resembling(word, words);
}
