import type { Sandbox } from "../../core/ports.ts";
import { remoteKernel } from "../remote.ts";
import type { RemoteKernel } from "../remote.ts";
import type { Assets } from "./assets.ts";
import type { KernelConfig } from "./shared.ts";

/** Far more than a start takes, without a boot image and on a slow machine. */
const patience = 120_000;

/** Starts one kernel process and waits until its Python can be asked. The signal counts until then. */
export async function launch(
  all: Assets,
  image: string | undefined,
  sandbox: Sandbox,
  signal: AbortSignal,
  readyWithin = patience,
): Promise<RemoteKernel> {
  const config: KernelConfig = { worker: all.worker, pyodide: all.pyodide, helpers: all.helpers, image };
  const readable = [`${all.code}/*`, `${all.helpers}/*`, `${all.pyodide}/*`, ...(image === undefined ? [] : [image])];
  const argv = [
    process.execPath,
    "--permission",
    "--allow-worker",
    ...readable.map((files) => `--allow-fs-read=${files}`),
    "--disallow-code-generation-from-strings",
    "--no-warnings",
    all.kernel,
    JSON.stringify(config),
  ];
  // It sees no file of the host, so it stands in no folder that could be in its way.
  const env = { TZ: Intl.DateTimeFormat().resolvedOptions().timeZone };
  const profile = { cwd: "/", env, network: false, writable: [], channel: true as const, label: "kernel pyodide" };
  const starting = new AbortController();
  const abort = () => starting.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", abort, { once: true });
  const late = () => starting.abort(new Error(`Python was not ready within ${readyWithin / 1000} s`));
  const timer = setTimeout(late, readyWithin);
  try {
    const kernel = remoteKernel(await sandbox.spawn(argv, profile, starting.signal));
    await kernel.ready;
    return kernel;
  } catch (error) {
    starting.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
