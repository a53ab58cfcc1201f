import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpythonRuntime } from "../../packages/server/src/runtimes/cpython/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import type { Sandbox } from "../../packages/server/src/core/ports.ts";
import { python } from "./pythons.ts";
import { runtimeSuite } from "./runtime.ts";
import { runtimeProcess } from "./runtime-process.ts";
import { type RuntimeUnderTest } from "./runtime-world.ts";
import { hasSandbox, sandboxFor } from "./sandboxes.ts";

const interpreter = await python();

const cpython = (sandboxIn: (folder: string) => Sandbox) => async (): Promise<RuntimeUnderTest> => {
  const folder = await mkdtemp(join(tmpdir(), "daimon-runtime-"));
  const cwd = join(folder, "work");
  await mkdir(cwd);
  const secret = join(folder, "secret");
  await writeFile(secret, "SECRET");
  const env = { ...process.env, PYTHONPATH: cwd, GIVEN: "yes", WORK_KEY: "sk-secret" };
  const runtime = cpythonRuntime({ cache: join(folder, "compiled"), env, hidden: () => ["WORK_KEY"] });
  return {
    runtime: { ...runtime, start: (spec, ...rest) => runtime.start({ interpreter, ...spec }, ...rest) },
    sandbox: sandboxIn(folder),
    cwd,
    memory: 4 * 2 ** 30,
    secret,
    forgery: [
      ...["b'garbage'", "bytes(100)", "b'\\xff\\xff\\xff\\xff'", String.raw`b'\x02\0\0\0{}'`].map(
        (bytes) => `${channel}\nos.write(fd, ${bytes})`,
      ),
      `${channel}\nos.close(fd)`,
      `${channel}\nos.dup2(os.open('/dev/null', os.O_RDWR), fd)`,
      "import os; os.closerange(3, 1000)",
      'from _daimon import host\nhost.ask("display", {"text": 5})',
      'from _daimon import host\nhost.ask("display", {"text": "x", "bundle": {"a": "b" * 10_000_000}})',
      "from _daimon import host, kernel\nhost.ask = kernel.serve = None",
      "import sys\nsys.modules.clear()",
      "import builtins\nbuiltins.__dict__.clear()",
    ],
    end: () => rm(folder, { recursive: true, force: true }),
  };
};

/** Whoever looks for the channel finds it: it is the socket that is nobody's stdin, stdout or stderr. */
const channel = `import os
from _daimon import host
fd = host._way.__self__.fd`;

const traits = { keepsCheckpoints: false, keepsSpare: false };
const onHost = (folder: string) => hostSandbox({ children: join(folder, "children") });
if (interpreter !== undefined) runtimeSuite("cpython", traits, cpython(onHost), [runtimeProcess]);
if (interpreter !== undefined && (await hasSandbox()))
  runtimeSuite("cpython in a sandbox", traits, cpython(sandboxFor), [runtimeProcess]);
