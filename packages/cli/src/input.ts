import { fstatSync } from "node:fs";
import { sizes } from "@daimon/protocol";
import { usage } from "./failure.ts";

/** Text from files and pipes, checked before it is sent: not valid UTF-8, or more than can be taken, is said plainly. */

export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > sizes.cell) throw tooLarge("what came on stdin", sizes.cell);
    chunks.push(chunk);
  }
  return decode(Buffer.concat(chunks), "what came on stdin");
}

export function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw usage(`${what} is not valid UTF-8; convert it first`);
  }
}

const tooLarge = (what: string, most: number) =>
  usage(`${what} is larger than ${most / 1024 / 1024} MiB; keep it in a file and name the file`);

export function checkSize(text: string, what: string, most: number): string {
  if (Buffer.byteLength(text) > most) throw tooLarge(what, most);
  return text;
}

/** Whether something is piped in: a terminal or /dev/null is not meant as text. */
export function isPiped(): boolean {
  const stats = fstatSync(0);
  return stats.isFIFO() || stats.isFile() || stats.isSocket();
}

const firstByteMs = 3_000;

/**
 * Piped text beside a prompt. A pipe that nobody writes to and nobody closes would hold the command for ever: when
 * nothing has come for a while, it goes on and says so.
 */
export async function pipedText(note: (text: string) => void): Promise<string> {
  if (!isPiped()) return "";
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), firstByteMs);
  const come = () => resolve(true);
  process.stdin.once("readable", come);
  process.stdin.once("end", come);
  const came = await promise;
  clearTimeout(timer);
  process.stdin.off("readable", come);
  process.stdin.off("end", come);
  if (came) return readStdin();
  note(`nothing came on stdin for ${firstByteMs / 1000} s; going on without it`);
  process.stdin.destroy();
  return "";
}
