/** Replaces what must never be read in a log: keys by their looks, and these secrets. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  // As they stand, and as they stand within JSON.
  const forms = new Set(secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]));
  const known = [...forms].toSorted((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, hidden);
    for (const look of looks) clean = clean.replace(look, `$1${hidden}`);
    return clean;
  };
}

const hidden = "[redacted]";
const looks = [
  /()dmn_[\w-]{20,}/g,
  /()\bsk-[\w-]{16,}/g,
  /()\bAIza[\w-]{30,}/g,
  /()\b(?:gh[pousr]_|github_pat_)\w{20,}/g,
  /()\bxox[abprs]-[\w-]{10,}/g,
  /()\bAKIA[0-9A-Z]{16}\b/g,
  // Tokens of sign-ins: JSON and a signature, in Base64.
  /()\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g,
  /(\bBearer\s+)[^\s"\\]{8,}/gi,
  /(:\/\/[^/\s:@"]+:)[^/\s@"]+(?=@)/g,
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

/** Characters that act on a terminal or reorder what it shows, as escapes. JSON has escaped those below 32 already. */
export const inert = (text: string): string =>
  text.replace(
    // oxlint-disable-next-line no-control-regex -- finding them is its purpose
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
