import { cutAt, type SessionView } from "@daimon/protocol";

const longest = 60;

/** What a session that nobody named is called once its first turn has ended: the first words of its first input. */
export function titleOf({ untitled, turn, items }: SessionView): string | undefined {
  if (!untitled || turn.is !== "idle") return undefined;
  for (const item of items) {
    const words = item.kind === "input" ? firstWords(item.text) : "";
    if (words !== "") return words;
  }
  return undefined;
}

/** One line, of what can be seen only: titles are printed in lists, typed, and shown to others. */
function firstWords(text: string): string {
  const line = text
    .slice(0, 20 * longest)
    // oxlint-disable-next-line no-control-regex -- colours and the like go as a whole, not but for their first character
    .replace(/\u001b\[[\d;?]*[a-z]/gi, "")
    .replace(/[\s\p{C}]+/gu, " ")
    .trim();
  if (line.length <= longest) return line;
  const space = line.lastIndexOf(" ", longest);
  return line.slice(0, space > longest / 2 ? space : cutAt(line, longest));
}
