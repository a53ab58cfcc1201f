import type { Tint } from "../theme.ts";

/** What a language looks like, line by line: good enough to read by, and done while somebody types. */
export type Language = {
  /** Its pieces, each group named by its tint; what opens something that goes over lines is in `open`. */
  pieces: RegExp;
  /** By what opened: what ends it, and how it looks. */
  spans: Readonly<Record<string, { end: string; tint: Tint }>>;
  /** A look for whole lines. */
  line?(line: string): Tint | undefined;
};

const words = (list: string) => `\\b(?:${list.trim().split(/\s+/).join("|")})\\b`;
const pieces = (...groups: [name: string, pattern: string][]): RegExp =>
  new RegExp(groups.map(([name, pattern]) => `(?<${name}>${pattern})`).join("|"), "g");

const doubleQuoted = String.raw`"(?:[^"\\]|\\.)*"?`;
const singleQuoted = String.raw`'(?:[^'\\]|\\.)*'?`;
const number = String.raw`\b(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?[jn]?)\b`;
const called = String.raw`\b[A-Za-z_$][\w$]*(?=\()`;

const python: Language = {
  pieces: pieces(
    ["comment", "#.*"],
    ["open", String.raw`(?<![\w])[rRbBuUfFtT]{0,2}(?:"""|''')`],
    ["string", String.raw`(?<![\w])[rRbBuUfFtT]{0,2}(?:${doubleQuoted}|${singleQuoted})`],
    [
      "keyword",
      words(`and as assert async await break class continue def del elif else except False finally for from global if import in
      is lambda None nonlocal not or pass raise return True try while with yield`),
    ],
    ["number", number],
    ["name", String.raw`${called}|^\s*@[\w.]+`],
  ),
  spans: { '"""': { end: '"""', tint: "string" }, "'''": { end: "'''", tint: "string" } },
};

const javascript: Language = {
  pieces: pieces(
    ["comment", String.raw`\/\/.*`],
    ["open", String.raw`\/\*|` + "`"],
    ["string", `${doubleQuoted}|${singleQuoted}`],
    [
      "keyword",
      words(`abstract as async await break case catch class const continue debugger declare default delete do else enum export extends
      false finally for from function get if implements import in instanceof interface keyof let new null of private protected public
      readonly return satisfies set static super switch this throw true try type typeof undefined var void while yield`),
    ],
    ["number", number],
    ["name", called],
  ),
  spans: { "/*": { end: "*/", tint: "comment" }, "`": { end: "`", tint: "string" } },
};

const json: Language = {
  pieces: pieces(
    ["name", String.raw`${doubleQuoted}(?=\s*:)`],
    ["string", doubleQuoted],
    ["keyword", words("true false null")],
    ["number", `-?${number}`],
  ),
  spans: {},
};

const bash: Language = {
  pieces: pieces(
    ["comment", String.raw`(?<![^\s;])#.*`],
    ["open", `["']`],
    ["name", String.raw`\$(?:\w+|\{[^}\s]*\}?|[?!#@*$-])`],
    [
      "keyword",
      words(
        "if then elif else fi for while until do done case esac in function return local export readonly set unset exit cd source",
      ),
    ],
    ["number", number],
  ),
  spans: { '"': { end: '"', tint: "string" }, "'": { end: "'", tint: "string" } },
};

const diff: Language = {
  pieces: /(?!)/g,
  spans: {},
  line(line) {
    if (/^(?:\+\+\+|---|diff |index )/.test(line)) return "strong";
    if (line.startsWith("@@")) return "hunk";
    return line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : undefined;
  },
};

const byName: Record<string, Language> = {
  ...Object.fromEntries(["python", "py", "python3", "ipython", "pycon"].map((name) => [name, python])),
  ...Object.fromEntries(
    ["javascript", "js", "jsx", "mjs", "typescript", "ts", "tsx"].map((name) => [name, javascript]),
  ),
  ...Object.fromEntries(["json", "jsonc", "json5", "jsonl"].map((name) => [name, json])),
  ...Object.fromEntries(["bash", "sh", "shell", "zsh", "console"].map((name) => [name, bash])),
  ...Object.fromEntries(["diff", "patch"].map((name) => [name, diff])),
};

export const languageOf = (name: string): Language | undefined => {
  const plain = name.toLowerCase();
  return Object.hasOwn(byName, plain) ? byName[plain] : undefined;
};
