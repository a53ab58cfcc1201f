import type { BlobRef } from "@daimon/protocol";
import { type FileChanged, isGone, type Net, type Track } from "./changes.ts";
import type { Found } from "./ports.ts";

/** How the changes of a turn are taken back: the last one first, so that each finds everything where it was then. */

type Kept = { blob: BlobRef; mode: number };
export type Step =
  /** What was there before is put in place of `left`, which is what the turn left; of nothing, where that is undefined. */
  | { is: "put"; path: string; kept: Kept; left: string | undefined }
  /** `left`: what the turn left there; undefined for a folder. */
  | { is: "remove"; path: string; left: string | undefined }
  | { is: "move"; path: string; to: string }
  | { is: "restore"; path: string; from: string };
/** What is there is neither what the turn left nor what was there before. */
export type Clash = { path: string; why: string; track: Track };
export type Left = { path?: string; why: string };

type Look = (path: string) => Promise<Found>;

export function stepsOf({ acts }: Net): Step[] {
  /** Their content is as it was, from here on backwards. */
  const restored = new Set<Track>();
  return acts.toReversed().flatMap(({ change, track }) => stepOf(change, track, restored) ?? []);
}

function stepOf(change: FileChanged, track: Track, restored: Set<Track>): Step | undefined {
  const { path, to } = change;
  const { before, origin, after, gone, made } = track;
  // What the turn made and removed again is missed by nobody.
  if (origin === undefined && gone && made === "file") return undefined;
  if (change.change === "moved") return to === undefined ? undefined : { is: "move", path: to, to: path };
  if (before.is === "file") {
    if (restored.has(track)) return undefined;
    restored.add(track);
    return { is: "put", path, kept: before, left: change.change === "deleted" ? undefined : after };
  }
  if (change.change === "deleted") return to === undefined ? undefined : { is: "restore", path, from: to };
  return change.change === "created" && origin === undefined ? { is: "remove", path, left: after } : undefined;
}

/** What nobody can take back. */
export const lostIn = ({ tracks }: Net): Left[] =>
  tracks.flatMap((track) =>
    track.before.is === "lost" ? [{ path: track.origin ?? track.place, why: track.before.why }] : [],
  );

/** Where somebody else changed what the turn left. Nothing is done where there is any. */
export async function clashesOf({ tracks, acts }: Net, look: Look): Promise<Clash[]> {
  const clashes: Clash[] = [];
  const ours = new Set(acts.flatMap(({ track }) => (isGone(track) ? [] : [track.place])));
  for (const track of tracks) {
    const path = track.place;
    const { origin, before } = track;
    if (track.buried || before.is === "lost") continue;
    const found = await look(path);
    const clash = (at: string, there: Found) => clashes.push({ path: at, why: saidOf(there, track), track });
    if (track.gone) {
      if (found.is !== "nothing" && !ours.has(path) && !isBefore(track, found)) clash(path, found);
      continue;
    }
    const back = origin === undefined ? found : await look(origin);
    const moved = origin !== undefined && origin !== path;
    if (isLeft(track, found)) {
      if (moved && back.is !== "nothing" && !ours.has(origin)) clash(origin, back);
    } else if (
      origin === undefined ? found.is !== "nothing" : !(isBefore(track, back) || (moved && isLeft(track, back)))
    )
      clash(path, found);
  }
  return clashes;
}

const isBefore = ({ before }: Track, found: Found): boolean =>
  before.is === "file" && found.is === "file" && found.sha256 === before.blob.sha256;

function isLeft({ before, after }: Track, found: Found): boolean {
  if (found.is === "file") return found.sha256 === after || (after === undefined && before.is === "same");
  return after === undefined && (found.is === "folder" || found.is === "link");
}

export type Due = { is: "skip" } | { is: "do"; found: Found } | { is: "stop"; why: string };

/** Whether a step is still to be done: an undo may have ended in its middle, and somebody may be quicker than we are. */
export async function dueOf(step: Step, look: Look): Promise<Due> {
  const found = await look(step.path);
  const skip: Due = { is: "skip" };
  const go: Due = { is: "do", found };
  const stop: Due = { is: "stop", why: saidOf(found) };
  const nothing = found.is === "nothing";
  switch (step.is) {
    case "put": {
      const { blob, mode } = step.kept;
      if (found.is === "file" && found.sha256 === blob.sha256 && (found.mode === mode || step.left === undefined))
        return skip;
      const known = found.is === "file" && (found.sha256 === step.left || found.sha256 === blob.sha256);
      return (step.left === undefined ? nothing : known) ? go : stop;
    }
    case "remove":
      if (nothing) return skip;
      // What somebody put into it stays, and so does the folder.
      if (found.is === "folder" && step.left === undefined) return found.empty ? go : skip;
      return found.is === "file" && found.sha256 === step.left ? go : stop;
    case "move": {
      const target = await look(step.to);
      if (target.is !== "nothing") return nothing ? skip : { is: "stop", why: `there is something at ${step.to} now` };
      return nothing ? stop : go;
    }
    case "restore":
      return nothing ? go : skip;
  }
}

function saidOf(found: Found, track?: Track): string {
  if (found.is === "nothing") return "it is not there any more";
  if (found.is === "link") return "there is a link now";
  if (found.is === "folder") return "there is a folder now";
  if (found.is === "other") return found.why;
  return track?.gone ? "there is another file now" : "it was changed since";
}
