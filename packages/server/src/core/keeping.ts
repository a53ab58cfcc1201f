import type { Blobs } from "./ports.ts";

/** What a session puts it also keeps: nobody sweeps what its log refers to. */
export const keeping = (blobs: Blobs, session: string): Blobs => ({
  get: (sha256, range) => blobs.get(sha256, range),
  keep: (id, sha256s) => blobs.keep(id, sha256s),
  release: (id) => blobs.release(id),
  sweep: (before) => blobs.sweep(before),
  put: async (bytes, type, name) => {
    const ref = await blobs.put(bytes, type, name);
    await blobs.keep(session, [ref.sha256]);
    return ref;
  },
});
