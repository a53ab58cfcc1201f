import { DaimonError, prefixWithin, type ResultOf, weightOf } from "@daimon/protocol";
import { isGone, type Track } from "./changes.ts";
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
  all: readonly Track[],
): Promise<{ files: ChangedFile[]; more?: number }> {
  // A folder that was made for a file is no news beside it.
  const tracks = all.filter(
    ({ origin, place, after }) =>
      origin !== undefined || after !== undefined || !all.some((other) => other.place.startsWith(`${place}/`)),
  );
  const files: ChangedFile[] = [];
  let room = weightAtMost;
  for (const track of tracks.slice(0, filesAtMost)) {
    const shown = room > 0 ? await diffOf(ports, fence, track) : { why: "this answer is full; ask for one turn" };
    room -= weightOf(shown.diff ?? "");
    const { origin } = track;
    const path = track.place;
    const moved = origin !== undefined && !isGone(track) && origin !== path;
    files.push({
      path: isGone(track) ? (origin ?? path) : path,
      change: changeOf(track),
      ...(moved ? { from: origin } : {}),
      ...shown,
    });
  }
  return tracks.length > files.length ? { files, more: tracks.length - files.length } : { files };
}

function changeOf(track: Track): ChangedFile["change"] {
  if (track.origin === undefined) return "created";
  if (isGone(track)) return "deleted";
  return track.origin === track.place ? "edited" : "moved";
}

/** From what was there before to what was left. `now`: to what is there now instead, and from what was left where that is kept. */
export async function diffOf(ports: DiffPorts, fence: Fence, track: Track, now?: string): Promise<Shown> {
  if (track.before.is === "same" && now === undefined) return {};
  try {
    const left = now === undefined ? undefined : await blobOf(ports, track.after);
    const old = left ?? (await contentBefore(ports, track));
    const content = now === undefined ? await contentLeft(ports, fence, track) : await contentNow(ports, fence, now);
    if (typeof old === "string") return { why: old };
    if (typeof content === "string") return { why: content };
    const path = now ?? track.place;
    const name = path.startsWith(`${fence.cwd}/`) ? path.slice(fence.cwd.length + 1) : path;
    const diff = await ports.files.diff(name, old, content);
    if (!diff) return { why: "it is binary" };
    const text = prefixWithin(diff.text, diffAtMost);
    const { added, removed } = diff;
    return { diff: text, added, removed, ...(text.length < diff.text.length ? { cut: true as const } : {}) };
  } catch (error) {
    if (error instanceof DaimonError) return { why: error.message };
    throw error;
  }
}

const tooLarge = "it is too large to be compared";
/** Bytes, no file, or why they cannot be had. */
type Got = Uint8Array | undefined | string;

async function contentBefore({ blobs }: DiffPorts, { before }: Track): Promise<Got> {
  if (before.is === "nothing") return undefined;
  if (before.is === "lost") return before.why;
  if (before.is === "same") return "only its place changed";
  if (before.is === "trash") return "all of it is in the trash";
  if (before.blob.bytes > bytesAtMost) return tooLarge;
  return (await blobs.get(before.blob.sha256)) ?? "what it held before is not kept any more";
}

async function contentLeft(ports: DiffPorts, fence: Fence, track: Track): Promise<Got> {
  if (isGone(track)) return undefined;
  if (track.after === undefined) return "it is a folder";
  const found = await ports.files.look(fence, track.place);
  if (found.is === "file" && found.sha256 === track.after) return contentNow(ports, fence, track.place);
  return (await blobOf(ports, track.after)) ?? "it was changed since, and what it held then is not kept";
}

async function contentNow({ files }: DiffPorts, fence: Fence, path: string): Promise<Got> {
  const found = await files.look(fence, path);
  if (found.is === "nothing") return undefined;
  if (found.is !== "file") return "there is no file now";
  return (await files.read(fence, path, bytesAtMost)) ?? tooLarge;
}

/** Whoever changed it again kept what was there. */
async function blobOf({ blobs }: DiffPorts, sha256: string | undefined): Promise<Uint8Array | undefined> {
  const bytes = sha256 === undefined ? undefined : await blobs.get(sha256);
  return bytes && bytes.length <= bytesAtMost ? bytes : undefined;
}
