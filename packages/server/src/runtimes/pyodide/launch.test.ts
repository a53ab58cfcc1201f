import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Child, Sandbox } from "../../core/ports.ts";
import { hostSandbox } from "../../sandboxes/host/index.ts";
import { assets } from "./assets.ts";
import { launch } from "./launch.ts";

it("a Python that never gets ready is ended, and its start fails", async () => {
  const folder = await mkdtemp(join(tmpdir(), "daimon-launch-"));
  const kernel = join(folder, "hangs.mjs");
  await writeFile(kernel, "setInterval(() => undefined, 1000);");
  const children: Child[] = [];
  const host = hostSandbox({ children: join(folder, "children") });
  const sandbox: Sandbox = {
    ...host,
    spawn: async (argv, profile, signal) => {
      const child = await host.spawn(argv, profile, signal);
      children.push(child);
      return child;
    },
  };
  const never = new AbortController().signal;
  const starting = launch({ ...assets(), kernel, code: folder }, undefined, undefined, sandbox, never, 2000);
  await expect(starting).rejects.toThrow("Python was not ready within 2 s");
  expect(children).toHaveLength(1);
  await children[0]?.exited;
  await rm(folder, { recursive: true, force: true });
});
