import { pino } from "pino";
import type { Log } from "../core/ports.ts";
import { LogFile } from "./file.ts";
import { inert, redactor } from "./redact.ts";

export type LogOptions = { file: string; level: string; env: NodeJS.ProcessEnv; also?: (line: string) => void };

/** The daemon's log: one JSON object a line, without secrets and without anything that acts on a terminal. */
export function openLog({ file, level, env, also }: LogOptions): Log {
  const redact = redactor(env);
  const out = new LogFile(file);
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      messageKey: "message",
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line) {
        const clean = inert(redact(line));
        out.write(clean);
        also?.(clean);
      },
    },
  );
  return (severity, message, fields) => logger[severity](plain(fields), message);
}

/** Errors say nothing as JSON; their stack and causes do. */
function plain(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? story(value) : value]),
  );
}

const story = (error: Error): string =>
  `${error.stack ?? error.message}${error.cause instanceof Error ? `\ncaused by ${story(error.cause)}` : ""}`;
