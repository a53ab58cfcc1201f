import { realpathSync } from "node:fs";
import type { Sandbox } from "../../core/ports.ts";
import { startReady } from "../launch.ts";
import type { RemoteKernel } from "../remote.ts";
import type { Assets } from "./assets.ts";
import { wrapped } from "./bubblewrap.ts";
import type { KernelConfig } from "./shared.ts";

/** Starts one kernel process and waits until its Python can be asked. The signal counts until then. */
export function launch(
  all: Assets,
  image: string | undefined,
  bubblewrap: string | undefined,
  sandbox: Sandbox,
  signal: AbortSignal,
  readyWithin?: number,
): Promise<RemoteKernel> {
  const config: KernelConfig = { worker: all.worker, pyodide: all.pyodide, helpers: all.helpers, image };
  const readable = [`${all.code}/*`, `${all.helpers}/*`, `${all.pyodide}/*`, ...(image === undefined ? [] : [image])];
  // It sees no file of the host, so it stands in no folder that could be in its way.
  const env = { TZ: Intl.DateTimeFormat().resolvedOptions().timeZone };
  const files = [all.code, all.helpers, all.pyodide, ...(image === undefined ? [] : [image])];
  const argv = [
    ...(bubblewrap === undefined ? [] : wrapped(bubblewrap, files, env)),
    realpathSync(process.execPath),
    "--permission",
    "--allow-worker",
    ...readable.map((pattern) => `--allow-fs-read=${pattern}`),
    "--disallow-code-generation-from-strings",
    "--no-warnings",
    all.kernel,
    JSON.stringify(config),
  ];
  const profile = { cwd: "/", env, network: [], writable: [], label: "kernel pyodide" };
  return startReady(argv, profile, sandbox, signal, undefined, readyWithin);
}
