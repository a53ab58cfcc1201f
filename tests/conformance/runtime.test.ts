import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { assets } from "../../packages/server/src/runtimes/pyodide/assets.ts";
import { imageName } from "../../packages/server/src/runtimes/pyodide/image.ts";
import { ensureBootImage, pyodideRuntime } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { run, runtimeSuite } from "./runtime.ts";
import type { RuntimeUnderTest } from "./runtime.ts";

async function pyodide(): Promise<RuntimeUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "daimon-runtime-"));
  const secret = join(folder, "secret");
  await writeFile(secret, "SECRET");
  await ensureBootImage(assets().images);
  return {
    runtime: pyodideRuntime({ images: join(folder, "images"), log: () => {} }),
    sandbox: hostSandbox({ children: join(folder, "children") }),
    secret,
    forgery: [
      ...[
        "b'garbage'",
        "b'{}'",
        "b'[\"display\"]'",
        "b'[\"sleep\", -1]'",
        "b'[\"input\", 5]'",
        "b'[' * 100_000",
        "bytes(10_000_000)",
      ].map(
        (bytes) =>
          `import os\ndevice = os.open('/dev/host', os.O_RDWR)\nos.write(device, ${bytes}); os.read(device, 100)`,
      ),
      'from _daimon import host\nhost.ask("display", {"text": 5})',
      'from _daimon import host\nhost.ask("display", {"text": "x", "bundle": {"a": "b" * 400_000}})',
      "from _daimon import host, kernel\nhost.ask = kernel.handle = None",
      "import sys\nsys.modules.clear()",
      "import builtins\nbuiltins.__dict__.clear()",
    ],
    end: () => rm(folder, { recursive: true, force: true }),
  };
}

runtimeSuite("pyodide", pyodide);

it("JavaScript, where Python gets hold of it, finds no way to the host", { timeout: 60_000 }, async () => {
  const { runtime, sandbox, secret, end } = await pyodide();
  const kernel = await runtime.start({ session: "s", cwd: "/", generation: 1 }, sandbox, new AbortController().signal);
  const back = `
import sys, _imp
from importlib.machinery import BuiltinImporter
core = _imp.create_builtin(BuiltinImporter.find_spec("_pyodide_core"))
`;
  await run(kernel, back);
  const probes = [
    "from pyodide.code import run_js; run_js('1')",
    "import js; js.process",
    "import js; js.fetch",
    "from pyodide.ffi import to_js; to_js([1]).constructor.constructor('return process')()",
    `import pyodide_js; pyodide_js.FS.mount(pyodide_js.FS.filesystems.NODEFS, {}, '/mnt'); open('/mnt${secret}').read()`,
    "import pyodide_js; await pyodide_js.useNodeSockFS()",
    "import pyodide_js; await pyodide_js._api.initializeNodeSockFS()",
    "import pyodide_js; await pyodide_js.loadPackage('numpy')",
  ];
  const succeeded: string[] = [];
  for (const code of probes) {
    if ((await run(kernel, code)).ok) succeeded.push(code);
  }
  expect(succeeded).toEqual([]);
  kernel.kill("tested");
  await end();
});

it("Python starts though its boot image is broken, and throws that away", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "daimon-image-"));
  const file = join(folder, "images", imageName(assets()));
  await mkdir(join(folder, "images"));
  await writeFile(file, "this is no image");
  const said: string[] = [];
  const runtime = pyodideRuntime({ images: join(folder, "images"), log: (_level, message) => void said.push(message) });
  const sandbox = hostSandbox({ children: join(folder, "children") });
  const kernel = await runtime.start({ session: "s", cwd: "/", generation: 1 }, sandbox, new AbortController().signal);
  expect((await run(kernel, "1 + 1")).result?.text).toBe("2");
  expect(existsSync(file)).toBe(false);
  expect(said).toEqual([expect.stringContaining("thrown away")]);
  kernel.kill("tested");
  await rm(folder, { recursive: true, force: true });
});
