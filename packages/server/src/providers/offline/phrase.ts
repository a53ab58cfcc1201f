import { unquoted } from "./python.ts";

/** Questions as people type them: filler is taken away, and patterns read like the questions they are for. */

const openings =
  /^(?:(?:hey|hi|hello|please|pls|okay|ok|so|well|and|but|now|um|daimon|guide|just|kindly|tell me|show me|let me know|do you know|(?:can|could|would|will) (?:you|u)|i(?:'d like| want| would like| need) to (?:know|see))\b[\s,:;!.]*)+(?=\S)/i;
const closings = /[\s,]+(?:please|pls|thanks|thank you|thx|for me|right now|now|currently|exactly|again)$/i;

/** The ways to read a question, the most literal first: each is tried before words are taken from it. */
export function readings(question: string): string[] {
  const bare = question
    .trim()
    .replace(/[,;]\s*(?:please|pls|thanks|thank you|thx)[\s.!?]*$/i, "")
    .replace(/\b(what|who|where|that|it|how|i)’/giu, "$1'")
    .replace(/^([\w.]+)\?\?$|^\?{1,2}([\w.]+)$/, "doc of $1$2")
    .replace(/(?:[\s?!…。？]|(?<=[)\]}"'`\p{L}])\.)+$/u, "");
  const opened = bare.replace(openings, "");
  return [...new Set([bare, opened, opened.replace(closings, "")])];
}

/**
 * Patterns written as people ask: a space is any white space, X is the thing asked about, and ".*" is a few words
 * only, so that no text makes matching slow. Tries one after the other and returns the thing, "" where a pattern
 * has none, undefined for no match.
 */
export function asks(patterns: readonly string[], accepts: (subject: string) => boolean = () => true) {
  // When somebody first asks: all of them together would be a tenth of what a daemon does before it answers.
  let compiled: RegExp[] | undefined;
  return (text: string): string | undefined => {
    for (const pattern of (compiled ??= patterns.map(compile))) {
      const match = pattern.exec(text);
      if (!match) continue;
      const subject = withoutWrapping(match.groups?.["x"] ?? "");
      if (match.groups?.["x"] === undefined || accepts(subject)) return subject;
    }
    return undefined;
  };
}

const compile = (source: string): RegExp =>
  new RegExp(`^${source.replaceAll(" ", "\\s+").replaceAll(".*", ".{0,80}").replace("X", "(?<x>.+?)")}$`, "isu");

/** "the variable `x`" is about x. */
function withoutWrapping(subject: string): string {
  const inner = subject
    .trim()
    .replace(
      /^(?:(?:the|my|our|your)\s+)?(?:(?:current\s+)?(?:value|contents?) of\s+)?(?:(?:the|my|our)\s+)?(?:(?:variable|object|function|name|expression)\s+(?=[^\s=+\-*/.,)(]))?/i,
      "",
    )
    .replace(/^an?\s+(?=[^\W\d]\w*$)/i, "");
  return unquoted(inner);
}
