import { DaimonError, type BlobRef } from "@daimon/protocol";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Blobs, Clock } from "../../core/ports.ts";
import { unavailable } from "../errors.ts";
import { digestOf, openFiles } from "./files.ts";
import { openReferences } from "./references.ts";

export const largestBlob = 64 * 1024 * 1024;
/** How many files one tick of a sweep removes. */
const sweepAtOnce = 64;

export type FolderBlobs = Blobs & {
  /** What is known of a blob, without its bytes. */
  about(sha256: string): Promise<BlobRef | undefined>;
  close(): Promise<void>;
};
export type FolderBlobsOptions = { folder: string; clock?: Pick<Clock, "now"> };

/** Files for the bytes; a small database beside them for what they are called and who refers to them. */
export function openBlobs({ folder, clock = { now: Date.now } }: FolderBlobsOptions): FolderBlobs {
  const files = attempt(() => openFiles(folder));
  const references = openReferences(join(folder, "references.db"));

  async function put(bytes: Uint8Array, type: string, name?: string): Promise<BlobRef> {
    const sha256 = await digestOf(bytes);
    const ref: BlobRef = { sha256, bytes: bytes.byteLength, type, ...(name === undefined ? {} : { name }) };
    // Noted first: from now on a sweep leaves the file alone.
    references.note(ref, clock.now());
    const there = await files.read(sha256);
    // A file that was damaged meanwhile is replaced.
    if (!there || (await digestOf(there)) !== sha256) await files.write(sha256, bytes);
    await files.settle(sha256);
    return ref;
  }

  async function get(sha256: string, range?: { start: number; end: number }): Promise<Uint8Array | undefined> {
    const ref = references.about(sha256);
    if (!ref) return undefined;
    if (!range) {
      const bytes = await files.read(sha256);
      if (bytes && (await digestOf(bytes)) !== sha256) throw damaged(sha256);
      return bytes;
    }
    const start = Math.max(0, Math.min(range.start, ref.bytes));
    const end = Math.max(start, Math.min(range.end, ref.bytes));
    const bytes = await files.readRange(sha256, start, end);
    if (bytes && bytes.byteLength < end - start) throw damaged(sha256);
    return bytes;
  }

  async function keep(session: string, sha256s: readonly string[]): Promise<void> {
    const [missing] = references.keep(session, sha256s);
    if (missing !== undefined) throw new DaimonError("not_found", `there is no blob ${missing}; put its bytes first`);
  }

  async function sweep(before: number): Promise<number> {
    let total = 0;
    for (let gone = sweepAtOnce; gone === sweepAtOnce; await nextTurn()) {
      // Without a pause between forgetting and removing: a put that came between would lose its file.
      gone = references.forget(before, sweepAtOnce, (sha256) => files.removeNow(sha256));
      total += gone;
    }
    return total;
  }

  return {
    async put(bytes, type, name) {
      if (bytes.byteLength > largestBlob)
        throw new DaimonError(
          "too_large",
          `a blob holds at most ${largestBlob} bytes, this one has ${bytes.byteLength}; name the path of the file instead`,
        );
      // The caller may go on using its buffer; what is stored is what it held now.
      return put(new Uint8Array(bytes), type, name).catch(refuse);
    },
    get: (sha256, range) => get(sha256, range).catch(refuse),
    keep: (session, sha256s) => keep(session, sha256s).catch(refuse),
    release: async (session) => attempt(() => references.release(session)),
    sweep: (before) => sweep(before).catch(refuse),
    about: async (sha256) => attempt(() => references.about(sha256)),
    close: async () => references.close(),
  };
}

function attempt<T>(access: () => T): T {
  try {
    return access();
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  throw unavailable(error);
}

const damaged = (sha256: string): DaimonError =>
  new DaimonError("gone", `the bytes of blob ${sha256} are damaged on the disk; send them again`, {
    details: { corrupt: true },
  });
