import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log, Runtime, Sandbox } from "../../core/ports.ts";
import type { RemoteKernel } from "../remote.ts";
import { type Assets, assets } from "./assets.ts";
import { whyNot } from "./bubblewrap.ts";
import { findImage, forgetOldImages, imageName, makeImageCommand } from "./image.ts";
import { launch } from "./launch.ts";
import { spareKernel } from "./spare.ts";

export { findBubblewrap } from "./bubblewrap.ts";
export { ensureBootImage } from "./image.ts";

type Options = {
  /** The folder where it makes the boot images it does not find. */
  images: string;
  log: Log;
  /** The program that is put around every kernel where it works. */
  bubblewrap?: string | undefined;
};

/** The embedded Python: CPython compiled to WebAssembly, sealed in a process of its own. */
export function pyodideRuntime({ images, log, bubblewrap }: Options): Runtime {
  // At the first boot: a daemon starts without looking at them.
  let looked: { all: Assets; name: string } | undefined;
  const look = () => (looked ??= lookAt(assets()));
  let making: Promise<void> | undefined;
  let imagesFail = false;

  const makeImage = async (sandbox: Sandbox): Promise<void> => {
    await mkdir(images, { recursive: true, mode: 0o700 });
    const profile = { cwd: "/", env: {}, network: [], writable: [images], label: "boot image" };
    const { all, name } = look();
    const argv = makeImageCommand(all, join(images, name));
    const child = await sandbox.spawn(argv, profile, new AbortController().signal);
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-1000)));
    child.stdout.resume();
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`status ${code}: ${said.trim()}`);
    await forgetOldImages(images);
  };

  /** Without an image kernels start all the same, only slower: making one goes on beside. */
  const imageOrMakeOne = (sandbox: Sandbox): string | undefined => {
    if (imagesFail) return undefined;
    const { all, name } = look();
    const found = findImage(name, [images, all.images]);
    if (found !== undefined) return found;
    making ??= makeImage(sandbox)
      .catch((error: unknown) =>
        log("warn", "no boot image could be made; Python starts slowly", { error: String(error) }),
      )
      .finally(() => (making = undefined));
    return undefined;
  };

  let tried: Promise<string | undefined> | undefined;
  let without: string | undefined = "nobody tried bubblewrap yet";
  /** The program to put around a kernel. A sandbox that confines by itself needs none. */
  const around = async (sandbox: Sandbox): Promise<string | undefined> => {
    if (sandbox.confines) return undefined;
    tried ??= whyNot(bubblewrap, sandbox);
    without = await tried;
    return without === undefined ? bubblewrap : undefined;
  };

  const boot = async (sandbox: Sandbox, signal: AbortSignal): Promise<RemoteKernel> => {
    const image = imageOrMakeOne(sandbox);
    const wrap = await around(sandbox);
    const { all } = look();
    if (image === undefined) return launch(all, undefined, wrap, sandbox, signal);
    try {
      return await launch(all, image, wrap, sandbox, signal);
    } catch (error) {
      signal.throwIfAborted();
      const kernel = await launch(all, undefined, wrap, sandbox, signal);
      // It starts without: the image is to blame, not the machine.
      imagesFail = true;
      log("warn", "Python did not start from its boot image, which is thrown away", { image, error: String(error) });
      await rm(image, { force: true }).catch(() => undefined); // one that root installed stays, unused
      return kernel;
    }
  };

  const spare = spareKernel(boot, log);
  return {
    name: "pyodide",
    sealed: true,
    start: async (spec, sandbox, signal) => {
      const kernel = (await spare.take(sandbox)) ?? (await boot(sandbox, signal));
      if (signal.aborted) kernel.kill("its start was given up");
      signal.throwIfAborted();
      kernel.generation = spec.generation;
      return kernel;
    },
    startsFrom: () => {
      const { all, name } = look();
      const image = findImage(name, [images, all.images]);
      const from = image ? "from its boot image" : "without a boot image: one is being made";
      return `${from}; ${without === undefined ? "bubblewrap is around it" : `sealed, and nothing around it: ${without}`}`;
    },
    warm: (sandbox, wanted) => spare.want(sandbox, wanted),
  };
}

const lookAt = (all: Assets) => ({ all, name: imageName(all) });
