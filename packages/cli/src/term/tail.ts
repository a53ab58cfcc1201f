import { Frame } from "./frame.ts";
import { withoutStyles } from "./styles.ts";
import { widthOf } from "./width.ts";
import { truncate, wrap } from "./wrap.ts";

/** What still changes, below all that is finished: lines that fit, and what of one stands before the cursor. */
export type Live = { lines: readonly string[]; cursor?: { row: number; before: string } };

/**
 * What a terminal does with its lines when it becomes narrower. `follows`: wraps all of them anew, and the cursor stays with its character
 * (tmux, kitty, those of GNOME). `shifts`: all but the cursor's line, and whichever line takes more rows pushes the cursor down (xterm.js, so
 * VS Code). `cuts`: none (xterm, the Linux console).
 */
export type Reflow = "follows" | "shifts" | "cuts";

export type TailOptions = {
  write(bytes: string): void;
  size(): { columns: number; rows: number };
  reflow: Reflow;
  now(): number;
  /** Calls back after so many milliseconds. */
  later(delay: number, paint: () => void): void;
};

/** The row where the cursor is, which is there even if nothing is live. */
const empty: readonly string[] = [""];

/** Sixty paints a second: no screen shows more. */
const interval = 1000 / 60;

/**
 * Finished lines go into the terminal's own history, once, and are never touched again. Below them stands what is live, and of that only
 * what changed is written. Nothing here knows more than those few lines, however long the session is.
 */
export class Tail {
  readonly #options: TailOptions;
  /** What stands on the terminal, and where in it the cursor is. */
  #rows: readonly string[] = empty;
  #row = 0;
  /** Empty rows below, where more was live before. */
  #below = 0;
  #cursor: Live["cursor"];
  #painted: { columns: number; rows: number } | undefined;
  #printed: string[] = [];
  #live: Live = { lines: [] };
  #due = false;
  #last = -Infinity;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** Finished lines: they leave what is live by its upper end. */
  print(lines: readonly string[]): void {
    for (const line of lines) this.#printed.push(line);
    this.#soon();
  }

  show(live: Live): void {
    this.#live = live;
    this.#soon();
  }

  /** Somebody else wrote to the terminal, and the cursor is in an empty line. */
  forget(): void {
    this.#begin();
    this.#soon();
  }

  /** Paints now what a clock would have painted soon. */
  flush(): void {
    this.#due = false;
    this.#last = this.#options.now();
    const bytes = this.#frame(this.#options.size());
    if (bytes !== "") this.#options.write(`\x1b[?2026h${bytes}\x1b[?2026l`);
  }

  /** Takes away what is live: the cursor is where it began. */
  close(): void {
    this.#live = { lines: [] };
    this.flush();
  }

  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    const wait = Math.max(0, this.#last + interval - this.#options.now());
    this.#options.later(wait, () => {
      if (this.#due) this.flush();
    });
  }

  #frame(size: { columns: number; rows: number }): string {
    const before = this.#painted;
    const wasResized = before && (before.columns !== size.columns || before.rows !== size.rows);
    const { above, height } = wasResized
      ? this.#reflowed(size.columns, before.rows - size.rows)
      : { above: 0, height: this.#rows.length };
    if (wasResized) this.#begin();
    this.#painted = size;
    const printed = this.#printed.flatMap((line) => fitting(line, size.columns));
    this.#printed = [];
    const { lines, cursor } = visible(this.#live, size);
    const frame = new Frame(size.rows, this.#rows, this.#row);
    if (wasResized) frame.erase(above);
    frame.paint([...printed, ...lines]);
    const last = lines.length - 1;
    const { row, before: left } = cursor ?? { row: last, before: lines[last]! };
    const stands = this.#cursor?.row === printed.length + row && this.#cursor.before === left;
    if (frame.hasMoved || !stands) frame.cursor(printed.length + row, left);
    this.#below = Math.max(0, this.#below + height - printed.length - lines.length);
    this.#rows = lines;
    this.#row = frame.row - printed.length;
    this.#cursor = { row, before: left };
    return frame.bytes;
  }

  #begin(): void {
    this.#rows = empty;
    this.#row = 0;
    this.#cursor = undefined;
  }

  /** Where the live lines begin and how many rows they take, now that the terminal has another size. What is finished is never counted in. */
  #reflowed(columns: number, shorterBy: number): { above: number; height: number } {
    const { reflow } = this.#options;
    const heightOf = (text: string) =>
      reflow === "cuts" ? 1 : wrap(withoutStyles(text), columns, { anywhere: true }).length;
    const heights = (lines: readonly string[]) => lines.reduce((sum, line) => sum + heightOf(line), 0);
    // A terminal that becomes lower drops rows from below before it wraps the others; one that becomes higher adds them there.
    const dropped = Math.max(0, shorterBy - this.#below);
    this.#below = Math.max(0, this.#below - shorterBy);
    const rest = this.#rows.slice(this.#row + 1, Math.max(this.#row + 1, this.#rows.length - dropped));
    const above = heights(this.#rows.slice(0, this.#row));
    const below = heights(rest);
    const pushed = reflow === "shifts" ? below - rest.length : heightOf(`${this.#cursor?.before ?? ""}.`) - 1;
    return { above: above + pushed, height: above + 1 + below };
  }
}

/** A finished line is never cut short: what is too wide goes on below. */
const fitting = (line: string, columns: number): string[] =>
  widthOf(line) <= columns ? [line] : wrap(line, columns, { anywhere: true });

/** As much of it as there are rows: its lower end, or where the cursor is. */
function visible({ lines, cursor }: Live, size: { columns: number; rows: number }): Live {
  const most = Math.max(1, size.rows - 1);
  const from = Math.max(0, Math.min(lines.length - most, cursor?.row ?? Infinity));
  const shown = lines.slice(from, from + most).map((line) => truncate(line, size.columns));
  const live = { lines: shown.length === 0 ? empty : shown };
  if (!cursor) return live;
  return { ...live, cursor: { row: cursor.row - from, before: truncate(cursor.before, size.columns - 1, "") } };
}
