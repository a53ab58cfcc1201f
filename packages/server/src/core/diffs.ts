import { DaimonError, prefixWithin, type ResultOf, weightOf } from "@daimon/protocol";
import { placeOf, type Track } from "./changes.ts";
import type { Blobs, Fence, Files } from "./ports.ts";

/** What changed in files, as people read it. Bounded: a frame carries all of it. */

export type DiffPorts = { files: Files; blobs: Blobs };
type ChangedFile = ResultOf<"session/diff">["files"][number];
type Shown = Pick<ChangedFile, "diff" | "cut" | "added" | "removed" | "why">;

const filesAtMost = 200;
const weightAtMost = 256 * 1024;
const diffAtMost = 32 * 1024;
/** Of either side: finding what changed in more takes too long. */
const bytesAtMost = 2 * 1024 * 1024;

export async function diffsOf(
  ports: DiffPorts,
  fence: Fence,
  tracks: readonly Track[],
): Promise<{ files: ChangedFile[]; more?: number }> {
  const files: ChangedFile[] = [];
  let room = weightAtMost;
  for (const track of tracks.slice(0, filesAtMost)) {
    const shown = room > 0 ? await diffOf(ports, fence, track) : { why: "this answer is full; ask for one turn" };
    room -= weightOf(shown.diff ?? "");
    const { origin } = track;
    const path = placeOf(track);
    const moved = origin !== undefined && !track.gone && origin !== path;
    files.push({
      path: track.gone ? (origin ?? path) : path,
      change: changeOf(track),
      ...(moved ? { from: origin } : {}),
      ...shown,
    });
  }
  return tracks.length > files.length ? { files, more: tracks.length - files.length } : { files };
}

function changeOf(track: Track): ChangedFile["change"] {
  if (track.origin === undefined) return "created";
  if (track.gone) return "deleted";
  return track.origin === placeOf(track) ? "edited" : "moved";
}

/** From what was there before to what was left. `now`: to what is there now instead, and from what was left where that is kept. */
export async function diffOf(ports: DiffPorts, fence: Fence, track: Track, now?: string): Promise<Shown> {
  const { before } = track;
  const path = now ?? placeOf(track);
  if (before.is === "same" && now === undefined) return {};
  try {
    const old = (now !== undefined && (await blobOf(ports, track.after))) || (await contentBefore(ports, track));
    const left =
      now === undefined ? await contentLeft(ports, fence, track) : await ports.files.read(fence, now, bytesAtMost);
    if (typeof old === "string") return { why: old };
    if (left === undefined) return { why: "what is there now is no file, or too large to be compared" };
    if (typeof left === "string") return { why: left };
    const diff = ports.files.diff(
      path.startsWith(`${fence.cwd}/`) ? path.slice(fence.cwd.length + 1) : path,
      old,
      left,
    );
    if (!diff) return { why: "it is binary" };
    const text = prefixWithin(diff.text, diffAtMost);
    const { added, removed } = diff;
    return { diff: text, added, removed, ...(text.length < diff.text.length ? { cut: true as const } : {}) };
  } catch (error) {
    if (error instanceof DaimonError) return { why: error.message };
    throw error;
  }
}

const empty = new Uint8Array();

async function contentBefore(ports: DiffPorts, { before }: Track): Promise<Uint8Array | string> {
  if (before.is === "nothing") return empty;
  if (before.is === "lost") return before.why;
  if (before.is === "same") return "only its place changed";
  if (before.blob.bytes > bytesAtMost) return "it is too large to be compared";
  return (await ports.blobs.get(before.blob.sha256)) ?? "what it held before is not kept any more";
}

async function contentLeft(ports: DiffPorts, fence: Fence, track: Track): Promise<Uint8Array | string> {
  const path = placeOf(track);
  if (track.gone) return empty;
  if (track.after === undefined) return "it is a folder";
  const found = await ports.files.look(fence, path);
  if (found.is === "file" && found.sha256 === track.after)
    return (await ports.files.read(fence, path, bytesAtMost)) ?? "it is too large to be compared";
  return (await blobOf(ports, track.after)) ?? "it was changed since, and what it held then is not kept";
}

/** Whoever changed it again kept what was there. */
async function blobOf({ blobs }: DiffPorts, sha256: string | undefined): Promise<Uint8Array | undefined> {
  const bytes = sha256 === undefined ? undefined : await blobs.get(sha256);
  return bytes && bytes.length <= bytesAtMost ? bytes : undefined;
}
