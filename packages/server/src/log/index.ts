import { inspect } from "node:util";
import type { Log } from "../core/ports.ts";
import { LogFile } from "./file.ts";
import { inert, redactor } from "./redact.ts";

const levels = ["debug", "info", "warn", "error"] as const;
type Level = (typeof levels)[number];

export type LogOptions = {
  file: string;
  now: () => Heard;
  redact: (text: string) => string;
  also?: (line: string) => void;
};
/** What is told, as it is set when a line is written. */
export type Heard = { level: Level };

/** Hides the secrets that there are at this moment, wherever text of the daemon's own is kept. */
export function openRedactor(secrets: () => readonly string[]): (text: string) => string {
  let hidden: readonly string[] = [];
  let redact = redactor(hidden);
  return (text) => {
    const now = secrets();
    if (now !== hidden) redact = redactor((hidden = now));
    return redact(text);
  };
}

/**
 * The daemon's log: one JSON object a line, without secrets and without anything that acts on a terminal. Written at once and
 * in place, so that a line is there however the process dies; a library for this would add a tenth to the daemon's start.
 */
export function openLog({ file, now, redact, also }: LogOptions): Log {
  const out = new LogFile(file);
  return (severity, message, fields) => {
    const { level } = now();
    if (levels.indexOf(severity) < levels.indexOf(level)) return;
    const head = { level: severity, at: new Date().toISOString(), pid: process.pid };
    const line = inert(redact(`${json(head, plain(fields), { message })}\n`));
    out.write(line);
    also?.(line);
  };
}

/** What cannot be JSON is told as a person would see it: a line that throws would be a bug about a bug. */
function json(head: object, fields: object, tail: object): string {
  try {
    return JSON.stringify({ ...head, ...fields, ...tail });
  } catch {
    return JSON.stringify({ ...head, fields: inspect(fields), ...tail });
  }
}

/** Errors say nothing as JSON; their stack and causes do. */
function plain(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? story(value) : value]),
  );
}

const story = (error: Error): string =>
  `${error.stack ?? error.message}${error.cause instanceof Error ? `\ncaused by ${story(error.cause)}` : ""}`;
