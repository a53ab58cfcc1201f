import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { carefully } from "../paths/flags.ts";
import { mayLookAtOnce, type Query, regexOf } from "./pattern.ts";

/** A longer file is searched in pieces of this size. */
const pieceBytes = 16 * 1024 * 1024;
/** A zero byte in here: the file is binary. Behind it the text ends there. As ripgrep has it. */
const binaryWithin = 64 * 1024;

/**
 * The numbers of lines that a query matches, and no more: who shows them reads the file with care. Keeps one buffer for all files.
 */
export class Searcher {
  readonly #regex: RegExp;
  readonly #anywhere: RegExp | undefined;
  readonly #needle: Buffer | undefined;
  #buffer = Buffer.allocUnsafe(256 * 1024);

  constructor(query: Query) {
    this.#regex = regexOf(query);
    if (mayLookAtOnce(query)) this.#anywhere = new RegExp(this.#regex.source, `${this.#regex.flags}m`);
    if (query.literal && !query.ignoreCase) this.#needle = Buffer.from(query.pattern);
  }

  /** Of a text that is no file. */
  linesIn(bytes: Uint8Array, most: number): number[] {
    return this.#inBytes(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), most);
  }

  /** Numbers of at most so many lines; undefined where the file cannot be read. */
  lines(path: string, most: number): number[] | undefined {
    let fd: number | undefined;
    try {
      // A descriptor's own name is a link; it was opened with care.
      fd = openSync(path, /^\/proc\/self\/fd\/\d+$/.test(path) ? "r" : carefully);
      const stats = fstatSync(fd);
      return stats.isFile() ? this.#matching(fd, stats.size, most) : [];
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #matching(fd: number, size: number, most: number): number[] {
    const found: number[] = [];
    let before = 0;
    for (let at = 0; found.length < most;) {
      const read = this.#read(fd, at, size);
      const last = read.length < pieceBytes;
      if (at === 0 && isUtf16(read)) return last ? this.#in(fromUtf16(read), most) : [];
      const zero = read.indexOf(0);
      if (zero >= 0 && zero < binaryWithin && at === 0) return [];
      // A piece ends with a line, unless one line is longer.
      const end = zero >= 0 ? zero : last ? read.length : read.lastIndexOf(newline) + 1 || read.length;
      for (const line of this.#inBytes(read.subarray(0, end), most - found.length)) found.push(before + line);
      if (last || zero >= 0) break;
      before += count(read.subarray(0, end));
      at += end;
    }
    return found;
  }

  #read(fd: number, at: number, size: number): Buffer {
    const wanted = Math.min(size - at + 1, pieceBytes);
    if (wanted > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(wanted);
    const most = Math.min(this.#buffer.length, pieceBytes);
    let length = 0;
    for (let more = -1; more !== 0 && length < most; length += more)
      more = readSync(fd, this.#buffer, length, most - length, at + length);
    return this.#buffer.subarray(0, length);
  }

  #inBytes(bytes: Buffer, most: number): number[] {
    return this.#needle && !bytes.includes(this.#needle) ? [] : this.#in(bytes.toString("utf8"), most);
  }

  #in(marked: string, most: number): number[] {
    const text = marked.startsWith("\ufeff") ? marked.slice(1) : marked;
    if (this.#anywhere && !this.#anywhere.test(text)) return [];
    const lines: number[] = [];
    for (let at = 0, line = 1; at < text.length && lines.length < most; line++) {
      const next = text.indexOf("\n", at);
      const end = next < 0 ? text.length : next;
      if (this.#regex.test(text.slice(at, text[end - 1] === "\r" ? Math.max(at, end - 1) : end))) lines.push(line);
      at = end + 1;
    }
    return lines;
  }
}

const newline = 10;
const isUtf16 = (bytes: Buffer): boolean => bytes.length > 1 && [0xfffe, 0xfeff].includes(bytes.readUInt16BE(0));
const fromUtf16 = (bytes: Buffer): string => new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);

function count(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}
