import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { Blobs, Progress, Sandbox, Tool, ToolContext, ToolResult } from "../../packages/server/src/core/ports.ts";
import { contextOf } from "../conformance/tool.ts";
import { folder, sandboxed } from "./place.ts";

/** A session that may run programs, and what is kept of what they say. */

export type Session = ToolContext & { kept: Map<string, string> };

let sessions = 0;

export function session(given: Partial<ToolContext> = {}, sandbox: Sandbox = sandboxed()): Session {
  const cwd = given.cwd ?? folder();
  const none = (means: string) => Promise.reject(new Error(`${means} was used`));
  const kept = new Map<string, string>();
  const base = contextOf(none);
  const put: Blobs["put"] = async (bytes, type) => {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    kept.set(sha256, new TextDecoder().decode(bytes));
    return { sha256, bytes: bytes.length, type };
  };
  const blobs = { ...base.blobs, put };
  return { ...base, session: `s${++sessions}`, cwd, roots: [cwd], sandbox, blobs, kept, ...given };
}

/** Runs a call to its end; `said` is what people saw on the way. */
export async function calling(
  tool: Tool,
  input: unknown,
  context: ToolContext,
  hear: (progress: Progress, all: string) => void = () => {},
): Promise<ToolResult & { said: string }> {
  const run = tool.run(input, context);
  let said = "";
  for (;;) {
    const { done, value } = await run.next();
    if (done) return { ...value, said };
    said += value.text;
    hear(value, said);
  }
}

/** All of a result, as it is kept. */
export function wholeOf({ bundle }: ToolResult, { kept }: Session): string | undefined {
  const whole = bundle?.["text/plain"];
  return typeof whole === "object" ? kept.get(whole.sha256) : whole;
}

/** The processes of this machine whose command line has this in it. */
export function processesWith(mark: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && commandOf(pid).includes(mark));
}

function commandOf(pid: number): string {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0];
    return state === "Z" ? "" : readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it is gone
  }
}

/** Each run's own number of seconds to sleep, by which its processes are found. */
let marks = 0;
export const mark = (): string => `${100_000 + process.pid}.${++marks}`;

/** So many of them run, the shell that starts them among them. */
export async function running(wanted: string, count: number): Promise<void> {
  while (processesWith(wanted).length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

export async function gone(wanted: string): Promise<void> {
  while (processesWith(wanted).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
