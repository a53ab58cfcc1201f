import { DaimonError } from "@daimon/protocol";
import type { Opened } from "../paths/open.ts";
import { quoted } from "../paths/words.ts";
import { Numbered } from "./numbered.ts";

/** Some lines of a file, however long it is: one chunk of it and what is shown are in memory, and no more. */
export type Window = {
  /** Each line behind its number and a tab. */
  text: string;
  lines: number;
  /** The one line that is shown is longer than what is shown of it. */
  begun: boolean;
  /** Lines in the whole file, as far as they were counted. */
  total: number;
  counted: boolean;
  /** What a reader should know of how the file is written. */
  notes: string[];
};
/** How a file begins; all of it, where it is small. */
export type Start = { bytes: Buffer; whole: boolean };

const chunkBytes = 1024 * 1024;
/** Lines are counted no further than this behind those that are shown. */
const countedBytes = 64 * chunkBytes;

export async function startOf(file: Opened): Promise<Start> {
  const buffer = Buffer.allocUnsafe(Math.min(Number(file.stats.size) + 1, chunkBytes));
  const bytes = await file.read(buffer, 0);
  return { bytes, whole: bytes.length < buffer.length };
}

/** The lines from `first` (0 is the first) to before `end`. A file that grows meanwhile is read as far as it went. */
export async function windowOf(
  file: Pick<Opened, "read">,
  start: Start,
  first: number,
  end: number,
  signal: AbortSignal,
): Promise<Window> {
  const numbered = new Numbered(first, end);
  const bom = start.bytes[0] === 0xef && start.bytes[1] === 0xbb && start.bytes[2] === 0xbf;
  numbered.feed(bom ? start.bytes.subarray(3) : start.bytes);
  let counted = start.whole;
  if (!counted) {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (let position = start.bytes.length, after = 0; !counted && after < countedBytes;) {
      signal.throwIfAborted();
      const chunk = await file.read(buffer, position);
      numbered.feed(chunk);
      position += chunk.length;
      if (numbered.done) after += chunk.length;
      counted = chunk.length < buffer.length;
    }
  }
  const { text, notes } = decoded(numbered.end(), numbered.begun);
  if (bom) notes.push("It begins with a BOM.");
  if (numbered.crlf) notes.push("Lines end with CRLF.");
  return { text, lines: numbered.shown, begun: numbered.begun, total: numbered.lines, counted, notes };
}

/** The same of bytes that are no file. */
export function windowIn(bytes: Buffer, first: number, end: number, signal: AbortSignal): Promise<Window> {
  const nothing = { read: () => Promise.resolve(Buffer.alloc(0)) };
  return windowOf(nothing, { bytes, whole: true }, first, end, signal);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(bytes: Buffer, cut: boolean): { text: string; notes: string[] } {
  try {
    return { text: utf8.decode(cut ? withoutPart(bytes) : bytes), notes: [] };
  } catch {
    return {
      text: new TextDecoder("windows-1252").decode(bytes),
      notes: ["The file is not UTF-8: read as Windows-1252."],
    };
  }
}

/** Without the first bytes of a character whose others were cut off. */
function withoutPart(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return byte >= (back === 3 ? 0xf0 : back === 2 ? 0xe0 : 0xc0) ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}

const utf16AtMost = 16 * chunkBytes;

/** What a file in UTF-16 says, in UTF-8; undefined where it is none. */
export async function fromUtf16(file: Opened, { bytes: begin }: Start, given: string): Promise<Start | undefined> {
  const little = begin[0] === 0xff && begin[1] === 0xfe;
  if (!little && !(begin[0] === 0xfe && begin[1] === 0xff)) return undefined;
  if (file.stats.size > utf16AtMost)
    throw new DaimonError("too_large", `${quoted(given)} is UTF-16 and too long to be converted; use Python.`);
  const bytes = await file.read(Buffer.allocUnsafe(Number(file.stats.size)), 0);
  return { bytes: Buffer.from(new TextDecoder(little ? "utf-16le" : "utf-16be").decode(bytes)), whole: true };
}
