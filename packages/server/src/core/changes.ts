import type { BlobRef, EventOf, Recorded } from "@daimon/protocol";

/** What turns did to files, folded from the log: for each file what it was before, and what it was left as. Pure. */

export type FileChanged = EventOf<"file.changed">;

/** `same`: only its place changed. `trash`: it lies there as it was. */
export type Before =
  | { is: "nothing" }
  | { is: "file"; blob: BlobRef; mode: number }
  | { is: "same" }
  | { is: "trash"; at: string }
  | { is: "lost"; why: string };

/** One file or folder, and what became of it. */
export type Track = {
  /** Where it was before. Whatever was created has none. */
  origin?: string;
  /** Where it is, or where it went away from. */
  place: string;
  gone: boolean;
  /** A file that was made here, and not a folder. */
  made?: "file";
  /** The folder that it went away with. */
  buried?: Track;
  before: Before;
  /** The SHA-256 of what it was left with; undefined for a folder, and for what is gone. */
  after?: string;
  /** The permissions it was left with, where they were changed. */
  afterMode?: number;
};
/** What some changes come to: what is different in the end, and each change as it was made with what it was made to. */
export type Net = { tracks: Track[]; acts: { change: FileChanged; track: Track }[] };

export const isGone = ({ gone, buried }: Track): boolean => gone || buried !== undefined;

/** `oneTurn`: what somebody else did to a file meanwhile is not to be lost, so such a file is left alone. */
export function netOf(changes: readonly FileChanged[], oneTurn = false): Net {
  const fold = new Fold(oneTurn);
  const acts = changes.map((change) => ({ change, track: fold.add(change) }));
  return { tracks: fold.tracks.filter(isChanged), acts };
}

class Fold {
  readonly tracks: Track[] = [];
  readonly #live = new Map<string, Track>();
  readonly #moves: { from: string; to: string }[] = [];
  readonly #oneTurn: boolean;

  constructor(oneTurn: boolean) {
    this.#oneTurn = oneTurn;
  }

  add(change: FileChanged): Track {
    const { path, to, after, afterMode } = change;
    const track = change.change === "created" ? this.#made(change.path) : this.#known(change);
    if (after !== undefined || change.change !== "moved") delete track.after;
    if (after !== undefined && change.change !== "deleted") track.after = after;
    if (change.change === "created" && after !== undefined) track.made = "file";
    if (afterMode !== undefined) track.afterMode = afterMode;
    if (change.change === "deleted") this.#remove(track, path);
    if (change.change === "moved" && to !== undefined) this.#move(track, path, to);
    return track;
  }

  #begin(track: Track): Track {
    this.tracks.push(track);
    this.#live.set(track.place, track);
    return track;
  }

  /** Something new, though its place may be that of something that went away. */
  #made(path: string): Track {
    return this.#live.get(path) ?? this.#begin({ place: path, gone: false, before: { is: "nothing" } });
  }

  #known(change: FileChanged): Track {
    const { path } = change;
    const track = this.#live.get(path);
    if (!track)
      return this.#begin({ origin: this.#originOf(path), place: path, gone: false, before: beforeOf(change) });
    if (this.#oneTurn && change.blob && track.after !== undefined && change.blob.sha256 !== track.after)
      track.before = { is: "lost", why: "somebody else changed it during the turn" };
    // Moved and not touched before: what it held is kept by the first change of its content.
    if (track.before.is === "same" && change.change !== "moved") track.before = beforeOf(change);
    return track;
  }

  #remove(track: Track, path: string): void {
    track.gone = true;
    this.#live.delete(path);
    for (const inside of this.#inside(path)) {
      inside.buried = track;
      this.#live.delete(inside.place);
    }
  }

  #move(track: Track, from: string, to: string): void {
    for (const moved of [track, ...this.#inside(from)]) {
      const place = moved.place;
      this.#live.delete(place);
      moved.place = to + place.slice(from.length);
      this.#live.set(moved.place, moved);
    }
    this.#moves.push({ from, to });
  }

  #inside(folder: string): Track[] {
    return [...this.#live.values()].filter((track) => track.place.startsWith(`${folder}/`));
  }

  /** Where this was before folders above it moved. */
  #originOf(path: string): string {
    return this.#moves.reduceRight(
      (place, { from, to }) => (place.startsWith(`${to}/`) ? from + place.slice(to.length) : place),
      path,
    );
  }
}

function beforeOf({ change, to, blob, mode, lost }: FileChanged): Before {
  if (lost !== undefined) return { is: "lost", why: lost };
  if (blob) return { is: "file", blob, mode: mode ?? 0o644 };
  if (change === "deleted" && to !== undefined) return { is: "trash", at: to };
  return change === "moved" ? { is: "same" } : { is: "lost", why: "what it held before was not kept" };
}

/** What came and went, or is again what it was, is no change. */
function isChanged(track: Track): boolean {
  const { origin, before, after, afterMode } = track;
  if (origin === undefined) return !isGone(track);
  if (isGone(track) || track.place !== origin) return true;
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

  /** What is not taken back. */
  get all(): FileChanged[] {
    return this.changes.flatMap(({ turn, event }) =>
      event.undoes === undefined && !this.undone.has(turn) ? [event] : [],
    );
  }

  /** What a turn itself changed. */
  of(turn: number): FileChanged[] {
    return this.changes.flatMap(({ turn: its, event }) => (its === turn && event.undoes === undefined ? [event] : []));
  }

  /** The last step of taking it back that was begun, where that ended in the middle. */
  begun(turn: number): number | undefined {
    return this.changes.findLast(({ event }) => event.undoes === turn)?.event.step;
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
