import { DaimonError, weightOf } from "@daimon/protocol";

/** What a result holds at most: this many lines, and this weight of text. Behind it stands how to see the rest. */
export const linesAtMost = 2000;
export const weightAtMost = 50 * 1024;

/** The time a tool that looks at files may take. */
const lookingAtMost = 30_000;

/** Runs until the call is interrupted, or takes too long. */
export async function withinTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const result = await timed(signal, lookingAtMost, work);
  // Whoever said stop in its last moment is not told that it went on.
  signal.throwIfAborted();
  return result;
}

/** The same for who changes something: what was done is told, whoever said stop in its last moment. */
export async function timed<T>(signal: AbortSignal, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(ms);
  try {
    return await work(AbortSignal.any([signal, late]));
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    throw new DaimonError("overloaded", `It took longer than ${ms / 1000} s and was stopped: try it with less.`);
  }
}

const units = ["bytes", "KB", "MB", "GB", "TB"];

/** As people say it. */
export function sized(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** As many of the rows as fit, and behind them what is said of so many. */
export function bounded(rows: readonly string[], note: (count: number) => string): { text: string } {
  let room = weightAtMost;
  const end = rows.slice(0, linesAtMost).findIndex((row) => (room -= weightOf(row) + 2) < 0);
  const count = end < 0 ? Math.min(rows.length, linesAtMost) : Math.max(1, end);
  const said = note(count);
  return { text: rows.slice(0, count).join("\n") + (said === "" ? "" : `\n\n[${said}]`) };
}
