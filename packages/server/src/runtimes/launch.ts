import type { Sandbox, SandboxProfile } from "../core/ports.ts";
import { type MannerOf, remoteKernel, type RemoteKernel } from "./remote.ts";

/** Far more than a start takes, on a slow machine too. */
const patience = 120_000;

/** Starts one kernel process and waits until its Python can be asked. The signal counts until then. */
export async function startReady(
  argv: readonly string[],
  profile: SandboxProfile & { label: string },
  sandbox: Sandbox,
  signal: AbortSignal,
  mannerOf?: MannerOf,
  readyWithin = patience,
): Promise<RemoteKernel> {
  const starting = new AbortController();
  const abort = () => starting.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", abort, { once: true });
  const late = () => starting.abort(new Error(`Python was not ready within ${readyWithin / 1000} s`));
  const timer = setTimeout(late, readyWithin);
  try {
    const kernel = remoteKernel(await sandbox.spawn(argv, { ...profile, channel: true }, starting.signal), mannerOf);
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
