import { usage } from "../failure.ts";

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** 30s, 5m, 12h, 7d in milliseconds; undefined where it is none of these. */
export function durationOf(word: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(word) ?? [];
  return unit === undefined ? undefined : Number(count) * units[unit as keyof typeof units];
}

/** The longest that a timer can wait. */
const longest = 2 ** 31 - 1;

export function approvalTimeout(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const ms = durationOf(word);
  if (ms === undefined || ms < 1 || ms > longest)
    throw usage(`--approval-timeout is written as 30s, 5m or 12h, up to 24d, and not as "${word}"`);
  return ms;
}
