/**
 * Globs as .gitignore and ripgrep have them: one without a slash is a name at any depth, one with a slash is a path from the folder
 * it belongs to. `**` is any folders, braces are alternatives where they are wanted.
 */
export type Glob = (path: string) => boolean;

export function globOf(pattern: string, { braces }: { braces: boolean }): Glob {
  const anchored = pattern.replace(/\/$/, "").includes("/");
  const source = new Translator(pattern.replace(/^\//, "").replace(/\/$/, ""), braces).source;
  const regex = new RegExp(`^${anchored ? "" : "(?:.*/)?"}${source}$`, "su");
  return (path) => regex.test(path);
}

class Translator {
  readonly source: string;
  readonly #pattern: string;
  readonly #braces: boolean;
  #at = 0;
  #open = 0;

  constructor(pattern: string, braces: boolean) {
    this.#pattern = pattern;
    this.#braces = braces && balanced(pattern);
    let source = "";
    while (this.#at < pattern.length) source += this.#next();
    this.source = source;
  }

  #next(): string {
    const rest = this.#pattern.slice(this.#at);
    const start = this.#at === 0 || this.#pattern[this.#at - 1] === "/";
    const take = (length: number, source: string) => {
      this.#at += length;
      return source;
    };
    if (start && rest.startsWith("**/")) return take(3, "(?:.*/)?");
    if (start && rest === "**") return take(2, ".+");
    const stars = /^\*+/.exec(rest)?.[0].length;
    if (stars !== undefined) return take(stars, "[^/]*");
    if (rest.startsWith("?")) return take(1, "[^/]");
    const set = /^\[([!^]?)(\]?(?:\\.|[^\]\\])*)\]/s.exec(rest);
    if (set) return take(set[0].length, setOf(set[1] !== "", set[2] ?? ""));
    if (this.#braces && rest.startsWith("{")) return take(1, (this.#open++, "(?:"));
    if (this.#braces && this.#open > 0 && rest.startsWith(",")) return take(1, "|");
    if (this.#braces && this.#open > 0 && rest.startsWith("}")) return take(1, (this.#open--, ")"));
    const escaped = /^\\(.)/su.exec(rest);
    if (escaped) return take(escaped[0].length, literal(escaped[1] ?? ""));
    const [character = ""] = rest;
    const whole = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    return take(whole.length, literal(whole || character));
  }
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** Letters and ranges of them; never a slash. */
function setOf(not: boolean, letters: string): string {
  const plain = letters.replace(/\\(.)/gs, "$1").replace(/[\\\]^[]/g, "\\$&");
  return not ? `[^/${plain}]` : `(?!/)[${plain}]`;
}

function balanced(pattern: string): boolean {
  let open = 0;
  for (const letter of pattern.replace(/\\./gs, "")) {
    if (letter === "{") open++;
    if (letter === "}" && --open < 0) return false;
  }
  return open === 0;
}
