import { DaimonError, type SessionEvent } from "@daimon/protocol";
import { assistant } from "./actors.ts";
import { digestOfBytes } from "./digest.ts";
import type { Blobs, Difference, FileChange, Files, Log, Mark, Scans, Tool, ToolContext } from "./ports.ts";
import { mustFit } from "./rules.ts";
import { type Scribe, Stale } from "./scribe.ts";

/** What a session keeps of files, so that what the assistant does to them can be taken back. */

/** Whether what a tool changes is known to nobody before it ran, because it runs commands. */
export const isWatched = (tool: Tool | undefined): boolean => tool?.command !== undefined;

/** Whether this use of it is one of those that do more than look. */
export const isToWatch = (tool: Tool, input: unknown): boolean =>
  tool.command?.(input) !== undefined && (tool.touching?.(input) ?? tool.touches) !== "nothing";

/** Changes as they are recorded: what a file held before is kept once in a turn, and again where somebody else changed it. */
export class Keeper {
  readonly #blobs: Pick<Blobs, "put">;
  #turn = 0;
  /** What this turn left files with, and whether what they held before it is kept. */
  #left = new Map<string, { after: string | undefined; kept: boolean }>();

  constructor(blobs: Pick<Blobs, "put">) {
    this.#blobs = blobs;
  }

  async event(turn: number, call: number, { before, ...change }: FileChange): Promise<SessionEvent> {
    if (turn !== this.#turn) this.#left = new Map();
    this.#turn = turn;
    const { path, to, after } = change;
    const left = this.#left.get(path);
    const known = before && left?.kept && left.after === digestOfBytes(before.bytes);
    if (change.change === "moved") {
      this.#left.delete(path);
      this.#left.set(to ?? path, { after: after ?? left?.after, kept: left?.kept ?? false });
    } else this.#left.set(path, { after, kept: true });
    const kept = before && !known ? await this.#keep(before) : {};
    return { type: "file.changed", call, ...change, ...kept };
  }

  async #keep({ bytes, mode }: NonNullable<FileChange["before"]>) {
    if (bytes.length > keptAtMost) return { mode, lost: `it was larger than ${keptAtMost / 1024 / 1024} MB` };
    return { blob: await this.#blobs.put(bytes, "application/octet-stream"), mode };
  }
}

/** They stand in one event with the result of the call. */
const reasonsAtMost = 6;
const reasonAtMost = 250;

/** What a blob holds. */
export const keptAtMost = 64 * 1024 * 1024;

export type WatchWorld = { files: Files; scans: Scans; log: Log };

/**
 * Remembers how the folders are before a command runs. What it returns is called after it: it records what is different then, and
 * says what nobody saw. A comparison that fails never fails the call.
 */
export async function watch(
  { files, scans, log }: WatchWorld,
  keeper: Keeper,
  scribe: Scribe,
  context: ToolContext,
): Promise<() => Promise<string[]>> {
  const failed = (error: unknown): string[] => {
    if (error instanceof Stale) throw error;
    log("warn", "what a command changed could not be looked for", { session: context.session, error: String(error) });
    return ["what commands changed could not be looked for; daimon logs says why"];
  };
  let mark: Mark;
  try {
    mark = await scans.mark(context, context.signal);
  } catch (error) {
    const why = failed(error);
    return async () => why;
  }
  return async () => {
    try {
      const { changed, unseen } = await mark.differences();
      const events: SessionEvent[] = [];
      for (const difference of changed) {
        const change = await withAfter(files, context, difference);
        if (change) events.push(await keeper.event(turnIn(scribe), context.call, change));
      }
      mustFit(events);
      if (events.length > 0) scribe.record(assistant, events);
      return unseen.slice(0, reasonsAtMost).map((why) => why.slice(0, reasonAtMost));
    } catch (error) {
      return failed(error);
    }
  };
}

export const turnIn = ({ view: { turn } }: Scribe): number => (turn.is === "idle" ? 0 : turn.id);

/** With what it holds now; undefined where that is what it held before, or belongs to nobody here. */
async function withAfter(files: Files, context: ToolContext, difference: Difference): Promise<FileChange | undefined> {
  const { path, change, before } = difference;
  if (change === "deleted") return difference;
  const found = await files.look(context, path).catch((error: unknown) => {
    if (error instanceof DaimonError) return undefined;
    throw error;
  });
  if (found?.is !== "file") return { ...difference, lost: "it cannot be looked at: it is a link, or no file" };
  if (before && digestOfBytes(before.bytes) === found.sha256 && before.mode === found.mode) return undefined;
  const mode = before && before.mode !== found.mode ? { afterMode: found.mode } : {};
  return { ...difference, after: found.sha256, ...mode };
}
