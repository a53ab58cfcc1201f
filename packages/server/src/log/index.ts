import { inspect } from "node:util";
import type { Log } from "../core/ports.ts";
import { LogFile } from "./file.ts";
import { inert, redactor } from "./redact.ts";

const levels = ["debug", "info", "warn", "error"] as const;
type Level = (typeof levels)[number];

export type LogOptions = { file: string; level: Level; env: NodeJS.ProcessEnv; also?: (line: string) => void };

/**
 * The daemon's log: one JSON object a line, without secrets and without anything that acts on a terminal. Written at once and
 * in place, so that a line is there however the process dies; a library for this would add a tenth to the daemon's start.
 */
export function openLog({ file, level, env, also }: LogOptions): Log {
  const redact = redactor(env);
  const out = new LogFile(file);
  const told = new Set<Level>(levels.slice(levels.indexOf(level)));
  return (severity, message, fields) => {
    if (!told.has(severity)) return;
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
