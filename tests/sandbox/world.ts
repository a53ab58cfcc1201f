import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Child, Sandbox, SandboxProfile } from "../../packages/server/src/core/ports.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import type { SandboxSettings } from "../../packages/server/src/sandboxes/index.ts";
import { sandboxFor } from "../conformance/sandboxes.ts";

export type Outcome = Awaited<Child["exited"]> & { stdout: string; stderr: string };
export type Wanted = Partial<SandboxProfile> & { channel?: true; signal?: AbortSignal };
export type Place = {
  /** Holds a daemon's folders, a project, and things that are nobody's business. */
  folder: string;
  home: string;
  project: string;
  outside: string;
  sandbox: Sandbox;
  /** What the driver wrote into the log. */
  said: string[];
  start(script: string, wanted?: Wanted): Promise<Child>;
  run(script: string, wanted?: Wanted): Promise<Outcome>;
};

export const token = "dmn_the-token-of-this-daemon";
const never = new AbortController().signal;
const path = process.env["PATH"] ?? "";

export type Make = (home: string, said: string[]) => Sandbox;
export const onHost: Make = (home) => hostSandbox({ children: join(home, "run", "children") });
export const confined =
  (settings: Partial<SandboxSettings> = {}): Make =>
  (home, said) =>
    sandboxFor(home, settings, said);

/** A machine in small. `above`: where it lies, for who needs another disk than that of temporary files. */
export async function place(make: Make, named = "project"): Promise<Place> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "daimon-place-")));
  const [home, project, outside] = [join(folder, "home"), join(folder, named), join(folder, "outside")];
  for (const one of [join(home, "state"), join(home, "run"), project, outside]) await mkdir(one, { recursive: true });
  await writeFile(join(home, "state", "token"), token);
  await writeFile(join(outside, "file"), "theirs\n");
  const said: string[] = [];
  const sandbox = make(home, said);
  onTestFinished(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });
  const start: Place["start"] = (script, { signal = never, ...wanted } = {}) => {
    const profile = {
      cwd: project,
      env: { PATH: path, HOME: folder },
      network: [],
      writable: [project],
      label: "a test",
    };
    return sandbox.spawn(["/bin/bash", "-c", script], { ...profile, ...wanted }, signal);
  };
  const run: Place["run"] = async (script, wanted) => {
    const child = await start(script, wanted);
    child.stdin?.end();
    const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
    return { ...exit, stdout, stderr };
  };
  return { folder, home, project, outside, sandbox, said, start, run };
}
