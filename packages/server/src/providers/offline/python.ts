/** What looks like Python. English puts words side by side, Python puts signs between them: that tells them apart. */

/** Without the back-ticks that people put around code. */
export function unquoted(text: string): string {
  const fenced = /^```[^\S\n]*(?:python|py)?[^\S\n]*\n?(.*?)\n?```$/is.exec(text.trim());
  return (
    fenced?.[1] ??
    text
      .trim()
      .replace(/^`([^`]+)`$/, "$1")
      .trim()
  );
}

export const isName = (text: string): boolean =>
  /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text) && !joining.has(text) && !beginning.has(text);

/** Keywords that stand between values, and those that only begin statements. */
const joining = new Set(["and", "or", "not", "in", "is", "if", "else", "for", "lambda", "await", "async"]);
const beginning = new Set(
  "import from def class while with try del return raise pass as except assert global nonlocal".split(" "),
);

const string = String.raw`(?<string>[rbfu]{0,2}(?:'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))`;
const number = String.raw`(?<number>0[xob][\da-f_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d+)(?:e[+-]?\d+)?j?)`;
const word = String.raw`(?<word>[\p{L}_][\p{L}\p{N}_]*)`;
const sign = String.raw`(?<sign>\.\.\.|[=!<>:]=|[-+*/%@&|^~<>=.,:()[\]{}])`;
const token = new RegExp([String.raw`\s+`, string, number, word, sign].join("|"), "giuy");

/** Whether it may be an expression of Python; the rest is for Python to judge. */
export function isExpression(text: string): boolean {
  let read = 0;
  let depth = 0;
  let values = 0;
  let before: "value" | "string" | "sign" = "sign";
  for (const { 0: piece, groups = {} } of text.matchAll(token)) {
    read += piece.length;
    if (groups["sign"] !== undefined) {
      if ("([{".includes(piece)) depth++;
      if (")]}".includes(piece)) depth--;
      // Between brackets it names an argument; outside it assigns, and that is no expression.
      if (piece === "=" && depth <= 0) return false;
      before = ")]}".includes(piece) ? "value" : "sign";
    } else if (groups["word"] !== undefined && beginning.has(piece)) return false;
    else if (groups["word"] !== undefined && joining.has(piece)) before = "sign";
    else if (piece.trim() !== "") {
      const isString = groups["string"] !== undefined;
      // Only strings may stand side by side: Python joins them.
      if (before === "value" || (before === "string" && !isString)) return false;
      before = isString ? "string" : "value";
      values++;
    }
  }
  return read === text.length && (values > 0 || /^(?:\(\s*\)|\[\s*\]|\{\s*\})$/.test(text));
}

const assignment =
  /^[\p{L}_][^\s=!<>()]*(?:\s*,\s*[\p{L}_][^\s=!<>()]*)*\s*(?::\s*[\w.[\]]+\s*)?(?:[-+*/%@&|^]|\/\/|\*\*|<<|>>)?=(?!=)/u;
const statement =
  /^(?:import \w|from [\w.]+ import\b|del \w|assert\b|raise\b|pass$|@\w|(?:async )?(?:for|while|def|class|if|with|try)\b[^\n]*:)/;

/** Whether it was meant as code to run; its first line tells. */
export function isCode(text: string): boolean {
  const line = text.trim().split("\n", 1)[0]?.trim() ?? "";
  return assignment.test(line) || statement.test(line) || isExpression(line);
}
