import { DaimonError } from "@daimon/protocol";

/** More than any parameters have, and far less than what makes code that walks a value recursively run out of stack. */
const deepest = 32;

/** Text from outside as a value. Its depth is known before anything is built from it. */
export function parseJson(text: string): unknown {
  if (isDeep(text)) throw new DaimonError("invalid", `this JSON is nested more than ${deepest} levels deep`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DaimonError("invalid", `this is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DaimonError("invalid", "the body is not valid UTF-8", { cause: error });
  }
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === quote) at = endOfString(text, at);
    else if (unit === openBrace || unit === openBracket) {
      if (++depth > deepest) return true;
    } else if (unit === closeBrace || unit === closeBracket) depth--;
  }
  return false;
}

/** Where the string that begins at `start` ends. Searched natively: most of a large frame is one long string. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
