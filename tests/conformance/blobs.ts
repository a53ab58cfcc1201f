import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Blobs, Clock } from "../../packages/server/src/core/ports.ts";

export type BlobsPlace = {
  open(clock: Pick<Clock, "now">): Promise<Blobs>;
  /** Leaves the store as the end of its process would. */
  leave(): Promise<void>;
  dispose(): Promise<void>;
};

const largest = 64 * 1024 * 1024;
const utf8 = new TextEncoder();
const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const plain = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

/** What every place for blobs promises. Nothing here knows how one keeps its data. */
export function blobsSuite(name: string, make: () => Promise<BlobsPlace>): void {
  type World = { blobs: Blobs; clock: { now(): number; time: number }; reopen: () => Promise<Blobs> };
  const promise = (title: string, body: (world: World) => Promise<void>) =>
    test(title, async () => {
      const place = await make();
      const clock = { time: 1000, now: () => clock.time };
      try {
        const blobs = await place.open(clock);
        const reopen = async () => {
          await place.leave();
          return place.open(clock);
        };
        await body({ blobs, clock, reopen });
      } finally {
        await place.dispose();
      }
    });

  describe(`blobs: ${name}`, () => {
    promise("bytes come back under their own hash, after a restart too", async ({ blobs, reopen }) => {
      const bytes = randomBytes(3 * 1024 * 1024 + 7);
      const ref = await blobs.put(bytes, "image/png", "cat.png");
      expect(ref).toEqual({ sha256: hashOf(bytes), bytes: bytes.byteLength, type: "image/png", name: "cat.png" });
      const again = await (await reopen()).get(ref.sha256);
      expect(again && hashOf(again)).toBe(ref.sha256);
    });

    promise("a blob without a name and one without bytes are blobs", async ({ blobs }) => {
      const ref = await blobs.put(new Uint8Array(), "text/plain");
      expect(ref).toEqual({ sha256: hashOf(new Uint8Array()), bytes: 0, type: "text/plain" });
      expect(await blobs.get(ref.sha256)).toHaveLength(0);
      expect(await blobs.get(ref.sha256, { start: 0, end: 10 })).toHaveLength(0);
    });

    promise("a part of a blob is read from its start up to its end, which is not included", async ({ blobs }) => {
      const { sha256 } = await blobs.put(utf8.encode("0123456789"), "text/plain");
      expect(plain(await blobs.get(sha256, { start: 0, end: 4 }))).toBe("0123");
      expect(plain(await blobs.get(sha256, { start: 7, end: 99 }))).toBe("789");
      expect(plain(await blobs.get(sha256, { start: 99, end: 100 }))).toBe("");
      expect(plain(await blobs.get(sha256, { start: 5, end: 2 }))).toBe("");
      expect(plain(await blobs.get(sha256, { start: -5, end: 2 }))).toBe("01");
    });

    promise("what nobody put is not there, whatever its name looks like", async ({ blobs }) => {
      for (const sha256 of [hashOf(utf8.encode("other")), "", "..", "../references.db", "/etc/passwd", "\0", "ab/cd"]) {
        expect(await blobs.get(sha256)).toBeUndefined();
        expect(await blobs.get(sha256, { start: 0, end: 1 })).toBeUndefined();
      }
    });

    promise("the same content put many times at once is one blob", async ({ blobs }) => {
      const bytes = randomBytes(100_000);
      const refs = await Promise.all(
        Array.from({ length: 20 }, (_, index) => blobs.put(bytes, "text/plain", `${index}`)),
      );
      expect(new Set(refs.map(({ sha256 }) => sha256)).size).toBe(1);
      expect(refs.map((ref) => ref.name)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
      expect(await blobs.get(hashOf(bytes))).toEqual(bytes);
      expect(await blobs.sweep(2000)).toBe(1);
    });

    promise("what was put stays as it was, though its buffer is used again", async ({ blobs }) => {
      const bytes = Buffer.from("first use");
      const putting = blobs.put(bytes, "text/plain");
      bytes.fill("x");
      const { sha256 } = await putting;
      expect(plain(await blobs.get(sha256))).toBe("first use");
    });

    promise("64 MiB are kept, a byte more is refused", async ({ blobs }) => {
      await expect(blobs.put(new Uint8Array(largest + 1), "text/plain")).rejects.toMatchObject({ code: "too_large" });
      const { sha256 } = await blobs.put(new Uint8Array(largest), "text/plain");
      expect((await blobs.get(sha256))?.byteLength).toBe(largest);
    });

    promise("a sweep removes what no session refers to, and only if it is old", async ({ blobs, clock }) => {
      const old = await blobs.put(utf8.encode("old"), "text/plain");
      const kept = await blobs.put(utf8.encode("kept"), "text/plain");
      await blobs.keep("s", [kept.sha256]);
      clock.time = 2000;
      const fresh = await blobs.put(utf8.encode("fresh"), "text/plain");
      expect(await blobs.sweep(1000)).toBe(0);
      expect(await blobs.sweep(2000)).toBe(1);
      expect(await blobs.get(old.sha256)).toBeUndefined();
      expect(plain(await blobs.get(kept.sha256))).toBe("kept");
      expect(plain(await blobs.get(fresh.sha256))).toBe("fresh");
    });

    promise("content that is put again is new again: a sweep leaves it", async ({ blobs, clock }) => {
      const { sha256 } = await blobs.put(utf8.encode("again"), "text/plain");
      clock.time = 2000;
      await blobs.put(utf8.encode("again"), "text/plain");
      expect(await blobs.sweep(2000)).toBe(0);
      expect(plain(await blobs.get(sha256))).toBe("again");
    });

    promise("what was swept can be put again", async ({ blobs }) => {
      const { sha256 } = await blobs.put(utf8.encode("again"), "text/plain");
      expect(await blobs.sweep(2000)).toBe(1);
      await blobs.put(utf8.encode("again"), "text/plain");
      expect(plain(await blobs.get(sha256))).toBe("again");
    });

    promise("a blob is put while a sweep is under way, and stays", async ({ blobs, clock }) => {
      const contents = Array.from({ length: 200 }, (_, index) => utf8.encode(`content ${index}`));
      for (const content of contents) await blobs.put(content, "text/plain");
      clock.time = 2000;
      const [swept] = await Promise.all([
        blobs.sweep(2000),
        ...contents.slice(100).map((content) => blobs.put(content, "text/plain")),
      ]);
      expect(swept).toBeGreaterThanOrEqual(100);
      for (const content of contents.slice(100)) expect(await blobs.get(hashOf(content))).toEqual(Buffer.from(content));
      for (const content of contents.slice(0, 100)) expect(await blobs.get(hashOf(content))).toBeUndefined();
    });

    promise("a blob stays as long as one session refers to it, over restarts", async ({ blobs, reopen }) => {
      const { sha256 } = await blobs.put(utf8.encode("shared"), "text/plain");
      const own = await blobs.put(utf8.encode("only of a"), "text/plain");
      await blobs.keep("a", [sha256, own.sha256]);
      await blobs.keep("b", [sha256, sha256]);
      const again = await reopen();
      expect(await again.sweep(2000)).toBe(0);
      await again.release("a");
      expect(await again.sweep(2000)).toBe(1);
      expect(await again.get(own.sha256)).toBeUndefined();
      await again.release("b");
      await again.release("unknown");
      expect(await again.sweep(2000)).toBe(1);
      expect(await again.get(sha256)).toBeUndefined();
    });

    promise("a session cannot refer to what is not there, and then refers to nothing of it", async ({ blobs }) => {
      const { sha256 } = await blobs.put(utf8.encode("here"), "text/plain");
      const missing = hashOf(utf8.encode("not here"));
      await expect(blobs.keep("s", [sha256, missing])).rejects.toMatchObject({ code: "not_found" });
      expect(await blobs.sweep(2000)).toBe(1);
    });
  });
}
