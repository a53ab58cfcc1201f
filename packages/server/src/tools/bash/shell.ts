import { existsSync } from "node:fs";
import { workProfile } from "../../core/weighing.ts";
import type { Child, ToolContext } from "../../core/ports.ts";
import { environment } from "../programs/environment.ts";

/** Where systems have it. What PATH names first may lie where the assistant writes. */
const places = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/opt/homebrew/bin/bash"];
const bash = places.find((path) => existsSync(path));

/** What is to be said where commands are written for bash and there is none. */
export const shellNote = bash === undefined ? "There is no bash here: sh ran it." : undefined;

const shell = bash === undefined ? ["/bin/sh"] : [bash, "--noprofile", "--norc"];

/** Starts a command line in the session's folder, until it ends or the signal ends it. */
export function startShell(command: string, context: ToolContext, signal: AbortSignal): Promise<Child> {
  const { sandbox, cwd, roots } = context;
  const profile = { ...workProfile(sandbox, cwd, roots), env: environment(), merged: true as const, label: "bash" };
  return sandbox.spawn([...shell, "-c", "--", command], profile, signal);
}
