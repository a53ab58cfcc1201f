/** `@path` and `@variable` in what people write: a name behind an @ that begins a word, in quotes where it has blanks. */

export type Mention = { from: number; to: number; name: string };

const mention = /(?<![\w@.])@(?:"([^"\n]*)"?|([\p{L}\p{N}_./~-][^\s"'`,;:!?()[\]{}<>]*)?)/gu;

export const mentions = (text: string): Mention[] =>
  Array.from(text.matchAll(mention), ({ index, 0: all, 1: quoted, 2: bare }) => {
    const name = quoted ?? (bare ?? "").replace(/\.+$/, "");
    return { from: index, to: index + (quoted === undefined ? 1 + name.length : all.length), name };
  });

/** The one that is being written at the cursor, up to there. */
export function mentionAt(text: string, cursor: number): Mention | undefined {
  const start = Math.max(0, text.lastIndexOf("\n", cursor - 1) + 1);
  const found = mentions(text.slice(start, cursor)).at(-1);
  if (!found || (start + found.to !== cursor && !text.slice(start + found.to, cursor).match(/^\.+$/))) return undefined;
  return { from: start + found.from, to: cursor, name: text.slice(start + found.from + 1, cursor).replace(/^"/, "") };
}
