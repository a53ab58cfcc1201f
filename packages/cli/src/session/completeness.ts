/**
 * Whether Python input is whole, as far as brackets, quotes and line ends tell. Only what is sure is said: the rest
 * is asked of Python, or `likely` where Python is busy and cannot be asked.
 */
export type Completeness = { sure: "complete" | "incomplete" } | { likely: "complete" | "incomplete" };

const compound = /^(?:@|(?:if|for|while|with|try|def|class|async|match|else|elif|except|finally)\b)/;

/** Magics and commands: brackets and quotes in them are nobody's. */
const besidePython = /^[ \t]*(?:[%!?]|[\w., \t]+=[ \t]*[%!])/m;

export function completeness(code: string): Completeness {
  const rows = code.split("\n");
  const isOver = rows.length > 1 && rows.at(-1)!.trim() === "";
  // The lines below a cell magic end with an empty one.
  if (code.startsWith("%%")) return { sure: isOver ? "complete" : "incomplete" };
  if (besidePython.test(code)) {
    if (code.endsWith("\\")) return { sure: "incomplete" };
    return rows.length === 1 ? { sure: "complete" } : { likely: isOver ? "complete" : "incomplete" };
  }
  const { depth, quote, continued, last } = scan(code);
  if (quote !== undefined || depth > 0 || continued) return { sure: "incomplete" };
  if (rows.length > 1) return { likely: isOver ? "complete" : "incomplete" };
  if (last === ":" || code.startsWith("@")) return { sure: "incomplete" };
  return compound.test(code.trimStart()) ? { likely: "complete" } : { sure: "complete" };
}

/** Open brackets, an open triple quote, a backslash before the end, and the last character that is code. */
function scan(code: string) {
  let depth = 0;
  let last = "";
  for (let i = 0; i < code.length; i++) {
    const char = code[i]!;
    if (char === "#") {
      i = lineEnd(code, i) - 1;
      continue;
    }
    if (char === '"' || char === "'") {
      const triple = code.startsWith(char.repeat(3), i);
      const end = stringEnd(code, i, triple ? char.repeat(3) : char);
      if (end === undefined) return { depth, quote: char, continued: false, last };
      i = end - 1;
      last = char;
      continue;
    }
    if ("([{".includes(char)) depth++;
    if (")]}".includes(char)) depth--;
    if (char.trim() !== "") last = char;
  }
  return { depth, quote: undefined, continued: last === "\\" && code.trimEnd().endsWith("\\"), last };
}

const lineEnd = (code: string, from: number): number => {
  const at = code.indexOf("\n", from);
  return at < 0 ? code.length : at;
};

/** Where the string that opens at `start` ends; undefined: a triple-quoted one is still open. */
function stringEnd(code: string, start: number, quote: string): number | undefined {
  for (let i = start + quote.length; i < code.length; i++) {
    if (code[i] === "\\") i++;
    else if (code.startsWith(quote, i)) return i + quote.length;
    // A plain string ends with its line, rightly or as an error that Python will tell.
    else if (code[i] === "\n" && quote.length === 1) return i;
  }
  return quote.length === 1 ? code.length : undefined;
}
