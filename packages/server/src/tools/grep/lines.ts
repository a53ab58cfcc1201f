import type { Opened } from "../paths/open.ts";
import { fromUtf16, startOf } from "../read/window.ts";

const chunkBytes = 256 * 1024;
/** What is kept of a line: enough for its first characters. */
const lineBytes = 2048;
const charactersAtMost = 500;
const newline = 10;

/** Some lines by their numbers, and no more of a file than up to the last of them. Long ones are cut. */
export async function linesIn(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  wanted: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<Map<number, string>> {
  const last = Math.max(...wanted);
  const found = new Map<number, string>();
  const part: Buffer[] = [];
  let kept = 0;
  let line = 1;
  const keep = (bytes: Buffer) => {
    if (wanted.has(line) && kept < lineBytes) part.push(Buffer.from(bytes.subarray(0, lineBytes - kept)));
    kept += bytes.length;
  };
  const close = () => {
    if (wanted.has(line)) found.set(line, worded(Buffer.concat(part.splice(0)), kept));
    kept = 0;
    line++;
  };
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    let at = 0;
    for (let next = chunk.indexOf(newline); next >= 0 && line <= last; next = chunk.indexOf(newline, at)) {
      keep(chunk.subarray(at, next));
      close();
      at = next + 1;
    }
    if (line > last) break;
    keep(chunk.subarray(at));
  }
  if (kept > 0) close();
  return found;
}

/** A file as text in UTF-8. */
export async function* chunksOf(file: Opened): AsyncGenerator<Buffer> {
  const start = await startOf(file);
  const converted = await fromUtf16(file, start, file.place.real);
  yield (converted ?? start).bytes;
  if (converted ?? start.whole) return;
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = start.bytes.length; ;) {
    const chunk = await file.read(buffer, position);
    yield chunk;
    position += chunk.length;
    if (chunk.length < buffer.length) return;
  }
}

function worded(bytes: Buffer, length: number): string {
  const text = bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .replace(/\r$/, "");
  if (length <= bytes.length && text.length <= charactersAtMost) return text;
  return `${text.slice(0, charactersAtMost)}… [${length} bytes]`;
}
