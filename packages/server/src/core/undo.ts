import { type Actor, DaimonError, type ResultOf, type SessionEvent, type SessionView } from "@daimon/protocol";
import { nameOf } from "./actors.ts";
import { isWatched, keptAtMost } from "./watching.ts";
import { keeping } from "./keeping.ts";
import type { Ledger } from "./ledger.ts";
import type { World } from "./world.ts";
import { ChangeLog, netOf } from "./changes.ts";
import { diffOf, type DiffPorts, diffsOf } from "./diffs.ts";
import type { Fence, Found, Receipt, Scans, Store } from "./ports.ts";
import { pagesOf } from "./read.ts";
import { Stale } from "./scribe.ts";
import { type Clash, clashesOf, dueOf, type Left, lostIn, type Step, stepsOf } from "./takeback.ts";

export type UndoPorts = DiffPorts & {
  session: string;
  store: Store;
  hidden: readonly string[];
  trash: string;
  view(): SessionView;
  record(by: Actor, events: readonly SessionEvent[], receipts?: readonly Receipt[]): void;
  durable(): Promise<void>;
  /** Whether folders are compared around the calls of this tool. */
  watched(tool: string): boolean;
  scans: Scans;
};
/** What it needs of its session. */
export const undoPorts = (session: string, world: World, ledger: Ledger, record: UndoPorts["record"]): UndoPorts => ({
  ...world,
  session,
  blobs: keeping(world.blobs, session),
  view: () => ledger.recorded,
  record,
  durable: () => ledger.settle(),
  watched: (name) => isWatched(world.tools.get(name)),
});

type Undone = ResultOf<"session/undo">;
type Receive = (result: unknown) => Receipt[];

const toldAtMost = 200;
const namedAtMost = 20;

/** Takes back what turns did to files, one at a time; and shows it. */
export class Undoing {
  readonly #ports: UndoPorts;
  #running = false;

  constructor(ports: UndoPorts) {
    this.#ports = ports;
  }

  get busy(): boolean {
    return this.#running;
  }

  /** Nothing else may begin meanwhile. */
  mustBeFree(): void {
    if (this.#running) throw new DaimonError("busy", "files are being taken back; try again in a moment");
  }

  async undo(by: Actor, wanted: number | undefined, receive: Receive): Promise<Undone> {
    this.#mustRest();
    this.#running = true;
    try {
      return await this.#undo(by, wanted, receive);
    } finally {
      this.#running = false;
    }
  }

  async diff(turn: number | undefined): Promise<ResultOf<"session/diff">> {
    const changes = await this.#read();
    const net = netOf(turn === undefined ? changes.all : changes.of(turn));
    const unseen = changes.unseen.filter((one) => turn === undefined || one.turn === turn);
    return { ...(await diffsOf(this.#ports, this.#fence, net.tracks)), left: [...(await this.#left(unseen))] };
  }

  get #fence(): Fence {
    const { cwd, roots } = this.#ports.view();
    const { hidden, trash } = this.#ports;
    return { cwd, roots: [cwd, ...roots], hidden, trash };
  }

  #mustRest(): void {
    this.mustBeFree();
    const { turn, kernel, cells } = this.#ports.view();
    if (turn.is !== "idle")
      throw new DaimonError("busy", `turn ${turn.id} is running; interrupt it, or wait for its end`);
    if (kernel.is === "running")
      throw new DaimonError("busy", `cell ${kernel.cell} is running; interrupt it, or wait for its end`);
    if (cells[0]) throw new DaimonError("busy", `cell ${cells[0].id} waits to run; cancel it, or wait for its end`);
  }

  async #read(): Promise<ChangeLog> {
    const { store, session, durable, watched } = this.#ports;
    await durable();
    const log = new ChangeLog(watched);
    for await (const page of pagesOf(store, session, 0)) for (const recorded of page) log.add(recorded);
    return log;
  }

  async #undo(by: Actor, wanted: number | undefined, receive: Receive): Promise<Undone> {
    const changes = await this.#read();
    const turn = wanted ?? changes.last;
    if (turn === undefined)
      throw new DaimonError("not_found", "no turn of this session changed files that are not taken back already");
    const net = netOf(changes.of(turn), true);
    if (net.tracks.length === 0) throw new DaimonError("not_found", `turn ${turn} changed no files`);
    if (changes.undone.has(turn)) throw new DaimonError("already_ended", `turn ${turn} is taken back already`);
    const left = lostIn(net);
    const steps = stepsOf(net);
    const begun = changes.begun(turn);
    // Where it was cut off in the middle there is neither what the turn left nor what was before: each step looks for itself.
    const clashes = begun !== undefined ? [] : await clashesOf(net, this.#look());
    if (clashes.length > 0) throw await this.#clashed(turn, clashes);
    left.push(...(await this.#left(changes.unseen.filter((one) => one.turn >= turn))));
    if (steps.length === 0)
      throw new DaimonError("gone", `nothing of turn ${turn} can be taken back: ${listed(left)}`, {
        details: { turn, left: left.slice(0, namedAtMost) },
      });
    const done = await this.#do(by, turn, steps, begun ?? 0, left);
    const result: Undone = {
      seq: this.#ports.view().seq + 1,
      turn,
      files: done.slice(0, toldAtMost).map(doneBy),
      ...(done.length > toldAtMost ? { more: done.length - toldAtMost } : {}),
      left: left.slice(0, toldAtMost),
    };
    this.#ports.record(
      by,
      [{ type: "note.added", text: toldModel(by, turn, done, left), undoes: turn }],
      receive(result),
    );
    await this.#ports.durable();
    return result;
  }

  /** What nobody saw, once each. */
  async #left(unseen: readonly { why: string }[]): Promise<Left[]> {
    const whys = new Set(unseen.map(({ why }) => why));
    if (whys.size > 0) for (const why of await this.#ports.scans.unseen(this.#fence)) whys.add(why);
    return [...whys].slice(0, namedAtMost).map((why) => ({ why }));
  }

  #look(): (path: string) => Promise<Found> {
    const fence = this.#fence;
    return (path) =>
      this.#ports.files.look(fence, path).catch((error: unknown) => {
        if (error instanceof DaimonError) return { is: "other", why: error.message };
        throw error;
      });
  }

  async #clashed(turn: number, clashes: readonly Clash[]): Promise<DaimonError> {
    const fence = this.#fence;
    const files: object[] = [];
    for (const { path, why, track } of clashes.slice(0, namedAtMost))
      files.push({ ...(await diffOf(this.#ports, fence, track, path)), path, why });
    const some = clashes.slice(0, 5).map(({ path, why }) => `${path} (${why})`);
    const names = some.join(", ") + (clashes.length > 5 ? `, and ${clashes.length - 5} more` : "");
    return new DaimonError(
      "conflict",
      `nothing was taken back, for somebody changed what turn ${turn} left: ${names}; put these as the turn left them, or take them back by hand`,
      { details: { turn, files, ...(clashes.length > namedAtMost ? { more: clashes.length - namedAtMost } : {}) } },
    );
  }

  // ---- doing it ----------------------------------------------------------------------------------------------

  /** Returns what had to be done. The first step may have been done already, by somebody who could not say so any more. */
  async #do(by: Actor, turn: number, steps: readonly Step[], first: number, left: Left[]): Promise<Step[]> {
    const look = this.#look();
    const done: Step[] = [];
    for (const [index, step] of steps.entries()) {
      if (index < first) continue;
      try {
        const due = await dueOf(step, look);
        if (due.is === "stop") throw new DaimonError("conflict", due.why);
        if (due.is === "skip") continue;
        if (await this.#step(by, { undoes: turn, step: index }, step, due.found)) done.push(step);
        else left.push({ path: step.path, why: "it is not in the trash any more" });
      } catch (error) {
        if (!(error instanceof DaimonError)) throw error;
        throw await this.#stopped(by, turn, done, steps.slice(index), error);
      }
    }
    return done;
  }

  /** The fact before the effect, as with everything that changes a file. False: it cannot be done. */
  async #step(by: Actor, which: { undoes: number; step: number }, step: Step, found: Found): Promise<boolean> {
    const { files, blobs, record, durable } = this.#ports;
    const fence = this.#fence;
    const { path } = step;
    const note = async (
      event: Omit<Extract<SessionEvent, { type: "file.changed" }>, "type" | "path" | "undoes" | "step">,
    ) => {
      record(by, [{ type: "file.changed", path, ...event, ...which }]);
      await durable();
    };
    if (step.is === "move") {
      await note({ change: "moved", to: step.to });
      await files.move(fence, path, step.to);
    } else if (step.is === "restore") {
      await note({ change: "created" });
      return files.restore(fence, step.from, path);
    } else if (step.is === "remove") {
      await note({ change: "deleted", ...(await this.#keep(fence, path, found)) });
      await files.remove(fence, path, step.left);
    } else {
      const { blob, mode } = step.kept;
      const bytes = await blobs.get(blob.sha256);
      if (!bytes) throw new DaimonError("gone", "what it held before is not kept any more");
      const there = found.is === "file" ? found : undefined;
      const change = there ? "edited" : "created";
      const modes = there && there.mode !== mode ? { afterMode: mode } : {};
      await note({ change, after: blob.sha256, ...(await this.#keep(fence, path, found)), ...modes });
      await files.put(fence, path, { bytes, mode }, there?.sha256);
    }
    return true;
  }

  /** What the turn left is kept too: nothing is lost by taking it back. */
  async #keep(fence: Fence, path: string, found: Found) {
    if (found.is !== "file") return {};
    const bytes = await this.#ports.files.read(fence, path, keptAtMost);
    if (!bytes) return { lost: `it was larger than ${keptAtMost / 1024 / 1024} MB` };
    return { blob: await this.#ports.blobs.put(bytes, "application/octet-stream"), mode: found.mode };
  }

  /** It went wrong in the middle: exactly what was done and what not is told to whoever asked, and to the model. */
  async #stopped(
    by: Actor,
    turn: number,
    done: readonly Step[],
    rest: readonly Step[],
    error: DaimonError,
  ): Promise<DaimonError> {
    const said = `only a part of turn ${turn} was taken back. Done: ${named(done) || "nothing"}. Not done: ${named(rest)}, because of ${rest[0]?.path}: ${error.message}`;
    if (done.length > 0)
      try {
        const text = `${nameOf(by)} began to take back what turn ${turn} did to files; ${said}`;
        this.#ports.record(by, [{ type: "note.added", text }]);
        await this.#ports.durable();
      } catch (stale) {
        if (!(stale instanceof Stale)) throw stale;
      }
    return new DaimonError(error.code, `${said} Mend that and undo again: it goes on where it stopped.`, {
      cause: error,
      details: { turn, done: done.slice(0, toldAtMost).map(doneBy), not: rest.slice(0, toldAtMost).map(doneBy) },
    });
  }
}

function doneBy(step: Step): Undone["files"][number] {
  const { path } = step;
  if (step.is === "move") return { path, change: "moved", to: step.to };
  if (step.is === "remove") return { path, change: "deleted" };
  return { path, change: step.is === "put" && step.left !== undefined ? "edited" : "created" };
}

const verbs = { put: "put back", restore: "put back", remove: "removed", move: "moved back" } as const;
function named(steps: readonly Step[]): string {
  const some = steps
    .slice(0, namedAtMost)
    .map((step) => `${verbs[step.is]} ${step.is === "move" ? step.to : step.path}`);
  return some.join(", ") + (steps.length > namedAtMost ? `, and ${steps.length - namedAtMost} more` : "");
}

const listed = (left: readonly Left[]): string =>
  left
    .slice(0, 5)
    .map(({ path, why }) => (path === undefined ? why : `${path} (${why})`))
    .join("; ") + (left.length > 5 ? `; and ${left.length - 5} more` : "");

function toldModel(by: Actor, turn: number, steps: readonly Step[], left: readonly Left[]): string {
  const what = steps.length > 0 ? named(steps) : "nothing had to be done, all was as before";
  const not = left.length > 0 ? ` Not taken back: ${listed(left)}.` : "";
  return `${nameOf(by)} took back what turn ${turn} did to files: ${what}.${not} Read them again before you change them.`;
}
