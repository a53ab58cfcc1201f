import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpythonRuntime } from "../../packages/server/src/runtimes/cpython/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { python } from "./pythons.ts";
import { runtimeSuite } from "./runtime.ts";
import type { RuntimeUnderTest } from "./runtime-world.ts";

const interpreter = python();

async function cpython(): Promise<RuntimeUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "daimon-runtime-"));
  const cwd = join(folder, "work");
  await mkdir(cwd);
  const secret = join(folder, "secret");
  await writeFile(secret, "SECRET");
  const runtime = cpythonRuntime({ cache: join(folder, "compiled"), env: process.env, hidden: () => [] });
  return {
    runtime: { ...runtime, start: (spec, ...rest) => runtime.start({ interpreter, ...spec }, ...rest) },
    sandbox: hostSandbox({ children: join(folder, "children") }),
    cwd,
    memory: 4 * 2 ** 30,
    secret,
    forgery: [],
    end: () => rm(folder, { recursive: true, force: true }),
  };
}

if (interpreter !== undefined) runtimeSuite("cpython", { keepsCheckpoints: false, keepsSpare: false }, cpython);
