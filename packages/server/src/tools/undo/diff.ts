import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";
import type { Diff } from "../../core/ports.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Past this nobody reads it, and finding the shortest one takes long. */
const editsAtMost = 20_000;
const msAtMost = 200;

/** As `diff -u` writes it. */
export function diffOf(path: string, before: Uint8Array, after: Uint8Array): Diff | undefined {
  const [old, now] = [textOf(before), textOf(after)];
  if (old === undefined || now === undefined) return undefined;
  const limits = { maxEditLength: editsAtMost, timeout: msAtMost };
  const patch =
    structuredPatch(path, path, old, now, undefined, undefined, { context: 3, ...limits }) ??
    // Too different: all of one in place of all of the other.
    wholly(path, old, now);
  const lines = patch.hunks.flatMap((hunk) => hunk.lines);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { text: formatPatch(patch, FILE_HEADERS_ONLY), added: count("+"), removed: count("-") };
}

function wholly(path: string, old: string, now: string): ReturnType<typeof structuredPatch> & object {
  const gone = structuredPatch(path, path, old, "", undefined, undefined, {});
  const come = structuredPatch(path, path, "", now, undefined, undefined, {});
  return { ...gone, hunks: [...gone.hunks, ...come.hunks] };
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.subarray(0, 8192).includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
