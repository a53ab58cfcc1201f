import type { BlobRef } from "@daimon/protocol";
import { type Net, placeOf, type Track } from "./changes.ts";
import type { Found } from "./ports.ts";

/** How the changes of a turn are taken back: decided from what is there now, before anything is done. */

type Kept = { blob: BlobRef; mode: number };
export type Step =
  | { is: "put"; path: string; kept: Kept; found: Extract<Found, { is: "file" }> | undefined }
  | { is: "remove"; path: string; found: Extract<Found, { is: "file" }> | "folder" }
  | { is: "move"; path: string; to: string };
/** `clash`: what is there is neither what the turn left nor what was there before. */
export type Clash = { path: string; why: string; track: Track };
export type Left = { path?: string; why: string };
export type Plan = { steps: Step[]; clashes: Clash[]; left: Left[] };

type Look = (path: string) => Promise<Found>;
/** A track and where it is now, which is where the turn left it, where it was before, or on the way between. */
type Here = { track: Track; path: string; found: Found };

export async function planOf({ tracks, moves }: Net, look: Look): Promise<Plan> {
  const plan: Plan = { steps: [], clashes: [], left: [] };
  const clash = (track: Track, path: string, found: Found) =>
    plan.clashes.push({ path, why: saidOf(found, track), track });
  const here: Here[] = [];
  for (const track of tracks) {
    if (track.before.is === "lost") plan.left.push({ path: track.origin ?? placeOf(track), why: track.before.why });
    if (track.gone) continue;
    const at = await whereIs(track, look);
    if (at) here.push(at);
    else if (track.before.is === "lost") continue;
    else if (track.origin !== undefined || (await look(placeOf(track))).is !== "nothing")
      clash(track, placeOf(track), await look(placeOf(track)));
  }
  const { steps } = plan;
  for (const { track, path, found } of here) {
    const { origin, before } = track;
    if (origin === undefined && found.is === "file") steps.push({ is: "remove", path, found });
    if (before.is === "file" && found.is === "file" && !isAs(before, found))
      steps.push({ is: "put", path, kept: before, found });
  }
  const leaving = new Set(here.filter(({ track, path }) => track.origin !== path).map(({ path }) => path));
  for (const { track, path } of here) {
    const { origin } = track;
    if (origin === undefined || origin === path || leaving.has(origin)) continue;
    const found = await look(origin);
    if (found.is !== "nothing") clash(track, origin, found);
  }
  steps.push(...movesBack(here, moves));
  for (const track of tracks) {
    const { origin, before, gone } = track;
    if (!gone || origin === undefined || before.is !== "file") continue;
    const found = await look(origin);
    if (found.is === "file" && found.sha256 === before.blob.sha256) continue;
    if (found.is === "nothing" || leaving.has(origin))
      steps.push({ is: "put", path: origin, kept: before, found: undefined });
    else clash(track, origin, found);
  }
  const folders = here.filter(({ track, found }) => track.origin === undefined && found.is === "folder");
  for (const { path } of folders.toSorted((a, b) => b.path.length - a.path.length))
    steps.push({ is: "remove", path, found: "folder" });
  return plan;
}

const isAs = ({ blob, mode }: Kept, found: Extract<Found, { is: "file" }>): boolean =>
  found.sha256 === blob.sha256 && found.mode === mode;

/** The last of its places where there is what the turn left, or what was there before: an undo may have ended in the middle. */
async function whereIs(track: Track, look: Look): Promise<Here | undefined> {
  const { before, after } = track;
  for (const path of track.trail.toReversed()) {
    const found = await look(path);
    const known =
      found.is === "file"
        ? found.sha256 === after ||
          (before.is === "file" && found.sha256 === before.blob.sha256) ||
          (after === undefined && before.is === "same")
        : found.is === "folder" && after === undefined;
    if (known) return { track, path, found };
  }
  return undefined;
}

/** Every move in reverse, of what is still on its way: folders take along what is in them. */
function movesBack(here: readonly Here[], moves: Net["moves"]): Step[] {
  const steps: Step[] = [];
  const places = new Map(here.map(({ track, path }) => [track, path]));
  for (const { from, to } of moves.toReversed()) {
    const moved = here.find(({ track }) => track.origin !== undefined && places.get(track) === to);
    if (!moved) continue;
    steps.push({ is: "move", path: to, to: from });
    places.set(moved.track, from);
    for (const [track, path] of places) if (path.startsWith(`${to}/`)) places.set(track, from + path.slice(to.length));
  }
  return steps;
}

function saidOf(found: Found, { gone }: Track): string {
  if (found.is === "nothing") return "it is not there any more";
  if (found.is === "other") return `there is ${found.what} now`;
  if (found.is === "folder") return "there is a folder now";
  return gone ? "there is another file now" : "it was changed since";
}
