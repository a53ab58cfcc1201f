import type { Log, Runtime, Sandbox } from "../../core/ports.ts";
import { remoteKernel } from "../remote.ts";
import type { RemoteKernel } from "../remote.ts";
import { assets } from "./assets.ts";
import type { KernelConfig } from "./shared.ts";

/** The embedded Python: CPython compiled to WebAssembly, sealed in a process of its own. `images` keeps its boot images. */
export function pyodideRuntime({ images, log }: { images: string; log: Log }): Runtime {
  void images;
  void log;
  const boot = async (
    cwd: string,
    generation: number,
    sandbox: Sandbox,
    signal: AbortSignal,
  ): Promise<RemoteKernel> => {
    const { kernel, worker, code, helpers, pyodide } = assets();
    const config: KernelConfig = { worker, pyodide, helpers, image: undefined };
    const readable = [code, helpers, pyodide].map((folder) => `--allow-fs-read=${folder}/*`);
    const flags = ["--permission", "--allow-worker", "--disallow-code-generation-from-strings", "--no-warnings"];
    const argv = [process.execPath, ...flags, ...readable, kernel, JSON.stringify(config)];
    const profile = { cwd, env: {}, network: false, writable: [], channel: true as const, label: "kernel pyodide" };
    const remote = remoteKernel(await sandbox.spawn(argv, profile, signal), generation);
    await remote.ready;
    return remote;
  };
  return {
    name: "pyodide",
    sealed: true,
    start: (spec, sandbox, signal) => boot(spec.cwd, spec.generation, sandbox, signal),
    warm: () => undefined,
  };
}
