import type { BlobRef, EventOf, Recorded } from "@daimon/protocol";

/** What turns did to files, folded from the log: for each file what it was before, and what it was left as. Pure. */

export type FileChanged = EventOf<"file.changed">;

/** `same`: only its place changed. */
export type Before =
  | { is: "nothing" }
  | { is: "file"; blob: BlobRef; mode: number }
  | { is: "same" }
  | { is: "lost"; why: string };

/** One file or folder, and what became of it. */
export type Track = {
  /** Where it was before, and all places it has been at, the last one last. Whatever was created has no origin. */
  origin?: string;
  trail: string[];
  gone: boolean;
  before: Before;
  /** The SHA-256 of what it was left with; undefined for a folder, and for what is gone. */
  after?: string;
  /** The permissions it was left with, where they were changed. */
  afterMode?: number;
};
export type Move = { from: string; to: string };
/** What some changes come to, in the order in which files were first touched; and every move as it was made. */
export type Net = { tracks: Track[]; moves: Move[] };

const notKept = "what it held before was not kept";

/** `oneTurn`: what somebody else did to a file meanwhile is not to be lost, so such a file is left alone. */
export function netOf(changes: readonly FileChanged[], oneTurn = false): Net {
  const tracks: Track[] = [];
  const moves: Move[] = [];
  const at = (path: string) => tracks.find((track) => !track.gone && placeOf(track) === path);
  const begin = (track: Track): Track => (tracks.push(track), track);
  const known = (change: FileChanged): Track => {
    const track = at(change.path);
    if (!track)
      return begin({
        origin: originOf(moves, change.path),
        trail: [change.path],
        gone: false,
        before: beforeOf(change),
      });
    if (oneTurn && change.blob && track.after !== undefined && change.blob.sha256 !== track.after)
      track.before = { is: "lost", why: "somebody else changed it during the turn" };
    // Moved and not touched before: what it held is kept by the first change of its content.
    if (track.before.is === "same" && change.change !== "moved") track.before = beforeOf(change);
    return track;
  };
  for (const change of changes) {
    const { path, to, after, afterMode } = change;
    if (change.change === "created") {
      const earlier = tracks.findLast((track) => track.gone && track.origin === originOf(moves, path));
      const track = earlier ?? begin({ trail: [path], gone: false, before: { is: "nothing" } });
      if (earlier) Object.assign(earlier, { gone: false, trail: [...earlier.trail, path] });
      leave(track, after, afterMode);
    } else if (change.change === "edited") leave(known(change), after, afterMode);
    else if (change.change === "deleted") {
      const track = known(change);
      track.gone = true;
      leave(track, undefined);
    } else if (to !== undefined) {
      const track = known(change);
      leave(track, after ?? track.after);
      for (const inside of tracks)
        if (!inside.gone && inside !== track && placeOf(inside).startsWith(`${path}/`))
          inside.trail.push(to + placeOf(inside).slice(path.length));
      track.trail.push(to);
      moves.push({ from: path, to });
    }
  }
  return { tracks: tracks.filter(isChanged), moves };
}

export const placeOf = ({ trail }: Track): string => trail.at(-1) ?? "";

function leave(track: Track, after: string | undefined, mode?: number): void {
  delete track.after;
  if (after !== undefined) track.after = after;
  if (mode !== undefined) track.afterMode = mode;
}

function beforeOf({ change, blob, mode, lost }: FileChanged): Before {
  if (lost !== undefined) return { is: "lost", why: lost };
  if (blob) return { is: "file", blob, mode: mode ?? 0o644 };
  return change === "moved" ? { is: "same" } : { is: "lost", why: notKept };
}

/** Where this was before folders above it moved. */
const originOf = (moves: readonly Move[], path: string): string =>
  moves.reduceRight(
    (place, { from, to }) => (place.startsWith(`${to}/`) ? from + place.slice(to.length) : place),
    path,
  );

/** What came and went, or is again what it was, is no change. */
function isChanged({ origin, trail, gone, before, after, afterMode }: Track): boolean {
  if (origin === undefined) return !gone;
  if (gone || trail.at(-1) !== origin) return true;
  if (before.is !== "file") return before.is === "lost";
  return before.blob.sha256 !== after || (afterMode ?? before.mode) !== before.mode;
}

// ---- the log ------------------------------------------------------------------------------------------------

/**
 * What the log says of files, turn by turn, and of what nobody saw. `watched`: whether the folders are compared around the calls
 * of a tool.
 */
export class ChangeLog {
  readonly changes: { turn: number; event: FileChanged }[] = [];
  readonly undone = new Set<number>();
  readonly unseen: { turn: number; why: string }[] = [];
  readonly #watched: (tool: string) => boolean;
  readonly #calls = new Map<number, { tool: string; started: boolean }>();

  constructor(watched: (tool: string) => boolean) {
    this.#watched = watched;
  }

  add({ seq, turn = 0, event }: Recorded): void {
    switch (event.type) {
      case "file.changed":
        this.changes.push({ turn, event });
        break;
      case "note.added":
        if (event.undoes !== undefined) this.undone.add(event.undoes);
        break;
      case "call.requested":
        if (this.#watched(event.tool)) this.#calls.set(seq, { tool: event.tool, started: false });
        break;
      case "call.started": {
        const call = this.#calls.get(event.call);
        if (call) call.started = true;
        break;
      }
      case "call.finished": {
        const call = this.#calls.get(event.call);
        this.#calls.delete(event.call);
        if (!call?.started) break;
        const cutOff = `call ${event.call} (${call.tool}) was cut off: nobody saw what it changed`;
        const unknown = event.outcome === "unknown" || event.outcome === "interrupted" ? [cutOff] : [];
        for (const why of event.compared ?? unknown) this.unseen.push({ turn, why });
        break;
      }
      default:
    }
  }

  /** All of it, as far as it goes. What is taken back twice, for the first time ended in the middle, counts once. */
  get all(): FileChanged[] {
    const key = ({ undoes, path, change }: FileChanged) => `${undoes} ${change} ${path}`;
    const last = new Map(this.changes.map(({ event }) => [event.undoes === undefined ? event : key(event), event]));
    return this.changes.flatMap(({ event }) =>
      last.get(event.undoes === undefined ? event : key(event)) === event ? [event] : [],
    );
  }

  /** What a turn itself changed. */
  of(turn: number): FileChanged[] {
    return this.changes.flatMap(({ turn: its, event }) => (its === turn && event.undoes === undefined ? [event] : []));
  }

  /** The last turn that changed files and was not taken back. */
  get last(): number | undefined {
    return this.changes.findLast(
      ({ turn, event }) =>
        event.undoes === undefined &&
        turn > 0 &&
        !this.undone.has(turn) &&
        netOf(this.of(turn), true).tracks.length > 0,
    )?.turn;
  }
}
