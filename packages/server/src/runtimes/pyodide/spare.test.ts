import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { KernelExit, Sandbox } from "../../core/ports.ts";
import { hostSandbox } from "../../sandboxes/host/index.ts";
import type { RemoteKernel } from "../remote.ts";
import { assets } from "./assets.ts";
import { findImage, imageName } from "./image.ts";
import { launch } from "./launch.ts";
import { spareKernel } from "./spare.ts";

let folder: string;
let sandbox: Sandbox;
let boots: Promise<RemoteKernel>[];
let booted = Promise.withResolvers<void>();

/** Boots real kernels and remembers them. */
const boot = (where: Sandbox, signal: AbortSignal) => {
  const all = assets();
  const kernel = launch(all, findImage(imageName(all), [all.images]), undefined, where, signal);
  boots.push(kernel);
  booted.resolve();
  booted = Promise.withResolvers();
  return kernel;
};
const exitOf = (kernel: RemoteKernel) => new Promise<KernelExit>((resolve) => kernel.onExit(resolve));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "daimon-spare-"));
  sandbox = hostSandbox({ children: join(folder, "children") });
  boots = [];
});
afterEach(async () => {
  for (const started of await Promise.allSettled(boots)) {
    if (started.status === "rejected") continue;
    const exited = exitOf(started.value);
    started.value.kill("tested");
    await exited;
  }
  await rm(folder, { recursive: true, force: true });
});

it("a spare that dies while it waits is replaced, and said to be gone", { timeout: 60_000 }, async () => {
  const said: string[] = [];
  const spare = spareKernel(boot, (_level, message) => void said.push(message));
  spare.want(sandbox, true);
  const first = await boots[0];
  const replaced = booted.promise;
  first?.kill("the test wants it");
  await replaced;
  expect(said).toEqual(["the spare kernel is gone"]);
  expect(await spare.take(sandbox)).toBe(await boots[1]);
  spare.want(sandbox, false);
});

it("a spare is for the sandbox it was booted in, and for one taker", { timeout: 60_000 }, async () => {
  const spare = spareKernel(boot, () => {});
  spare.want(sandbox, true);
  const other = hostSandbox({ children: join(folder, "others") });
  expect(await spare.take(other)).toBeUndefined();
  const [first, second] = await Promise.all([spare.take(sandbox), spare.take(sandbox)]);
  expect(first).toBe(await boots[0]);
  expect(second).toBeUndefined();
  spare.want(sandbox, false);
});

it("a spare that dies as soon as it is ready is started less and less often", async () => {
  vi.useFakeTimers();
  let starts = 0;
  const dying = { onExit: (listener: (exit: KernelExit) => void) => listener({ is: "died", why: "no memory" }) };
  const spare = spareKernel(
    async () => {
      starts += 1;
      return dying as RemoteKernel;
    },
    () => {},
  );
  for (let minute = 0; minute < 60; minute++) {
    spare.want(sandbox, true); // people come and go all the time
    await vi.advanceTimersByTimeAsync(60_000);
  }
  spare.want(sandbox, false);
  vi.useRealTimers();
  expect(starts).toBeGreaterThan(1);
  expect(starts).toBeLessThan(80);
});

it("a spare that nobody wants any more ends after a minute, though it is still starting", async () => {
  vi.useFakeTimers();
  const kills: string[] = [];
  const starts: AbortSignal[] = [];
  const ready = { onExit: () => {}, kill: (why: string) => kills.push(why) };
  const { promise, resolve } = Promise.withResolvers<RemoteKernel>();
  const spare = spareKernel(
    (_where, signal) => {
      starts.push(signal);
      return promise;
    },
    () => {},
  );
  spare.want(sandbox, true);
  spare.want(sandbox, false);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(starts.map(({ aborted }) => aborted)).toEqual([false]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(starts.map(({ aborted }) => aborted)).toEqual([true]);
  resolve(ready as unknown as RemoteKernel);
  await vi.advanceTimersByTimeAsync(0);
  expect(kills).toEqual(["nobody needs a spare"]);
  vi.useRealTimers();
});

it("nobody gets a spare that could not be booted", { timeout: 60_000 }, async () => {
  const refuses: Sandbox = { ...sandbox, spawn: () => Promise.reject(new Error("no room")) };
  const spare = spareKernel(boot, () => {});
  spare.want(refuses, true);
  expect(await spare.take(refuses)).toBeUndefined();
  spare.want(refuses, false);
});
