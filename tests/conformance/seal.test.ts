import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Kernel } from "../../packages/server/src/core/ports.ts";
import { assets } from "../../packages/server/src/runtimes/pyodide/assets.ts";
import { ensureBootImage, findBubblewrap, pyodideRuntime } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { findImage, imageName } from "../../packages/server/src/runtimes/pyodide/image.ts";
import { launch } from "../../packages/server/src/runtimes/pyodide/launch.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { searching, waysOut } from "./runtime-seal.ts";
import { exitOf, runIn } from "./runtime-world.ts";

const never = new AbortController().signal;
const spec = { session: "s", cwd: "/", generation: 1 };

let folder: string;
let secret: string;
let server: Server;
let port: number;
const visits: unknown[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "daimon-seal-"));
  secret = join(folder, "secret");
  await writeFile(secret, "SECRET");
  await ensureBootImage(assets().images);
  server = createServer((socket) => visits.push(socket.destroy())).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
  process.env["DAIMON_TOKEN"] = ["dmn", "secret"].join("_");
}, 120_000);
afterAll(async () => {
  delete process.env["DAIMON_TOKEN"];
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const sandbox = () => hostSandbox({ children: join(folder, "children") });
const runtime = (bubblewrap?: string) => pyodideRuntime({ images: join(folder, "images"), log: () => {}, bubblewrap });
const ended = (kernel: Kernel) => {
  const exited = exitOf(kernel);
  kernel.kill("tested");
  return exited;
};

describe.each([
  ["alone", undefined],
  ["with bubblewrap around it", findBubblewrap()],
])("a sealed Python %s", { timeout: 60_000 }, (_how, bubblewrap) => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await runtime(bubblewrap).start(spec, sandbox(), never);
    expect((await runIn(kernel, searching)).error).toBeUndefined();
  }, 60_000);
  afterAll(() => ended(kernel));

  it.each(Object.keys(waysOut("", 0)))("does not get to %s", async (way) => {
    const { ok, result } = await runIn(kernel, waysOut(secret, port)[way] as string);
    // Null is all that comes over the closed bridge.
    if (ok) expect(result?.text ?? "jsnull").toBe("jsnull");
    expect(existsSync(`${secret}.copy`)).toBe(false);
    expect(visits).toEqual([]);
    expect((await runIn(kernel, "6 * 7")).result?.text).toBe("42");
  });

  it("changes nothing in the daemon with what it answers", async () => {
    const poison = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"id":1,"type":"failed"}';
    await runIn(kernel, `from _daimon import kernel\ntrue_dumps = kernel.dumps`);
    await runIn(
      kernel,
      `kernel.dumps = lambda value: '{"ok":true,"text":"x","value":${poison}}' if "text" in value else true_dumps(value)`,
    );
    const told = await kernel.capability("eval_expr", "1");
    expect(told.text).toBe("x");
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(told.value)).toBe(Object.prototype);
    for (const answer of [
      `{"ok":true,"result":${poison}}`,
      '{"__proto__":{"ok":true}}',
      "[]",
      "5",
      '{"ok":{"toString":1}}',
    ]) {
      await runIn(kernel, `kernel.dumps = lambda value: '${answer}'`);
      expect((await runIn(kernel, "1")).ok).toBe(false);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    await ended(kernel);
    kernel = await runtime(bubblewrap).start(spec, sandbox(), never);
  });

  const ends: Record<string, string> = {
    "an abort": "import os; os.abort()",
    "an answer without an end":
      "from _daimon import kernel\nkernel.dumps = lambda value: '[' * 10_000_000 + ']' * 10_000_000",
    "an answer that is no text": "from _daimon import kernel\nkernel.dumps = lambda value: 5",
    "an answer of many megabytes":
      "from _daimon import kernel\nkernel.dumps = lambda value: '\"' + 'x' * 20_000_000 + '\"'",
    "a picture of its own memory": "import ctypes; ctypes.memset(0, 0, 1 << 24)",
  };
  it.each(Object.keys(ends))("harms at most itself by %s", async (way) => {
    const doomed = await runtime(bubblewrap).start(spec, sandbox(), never);
    await runIn(doomed, ends[way] as string);
    const { ok } = await runIn(doomed, "1");
    expect(ok).toBe(false);
    expect((await runIn(kernel, "6 * 7")).result?.text).toBe("42");
    await ended(doomed);
  });

  it("says of itself that it is sealed, and starts in a folder that is not there any more", async () => {
    const python = runtime(bubblewrap);
    expect(python.sealed).toBe(true);
    const one = await python.start({ ...spec, cwd: "/no/such/folder" }, sandbox(), never);
    expect((await runIn(one, "1 + 1")).result?.text).toBe("2");
    await ended(one);
  });

  it("can be interrupted however fast it asks", async () => {
    const cell = runIn(kernel, "from _daimon import host\nwhile True: host.ask('sleep', 0)");
    kernel.interrupt();
    expect((await cell).outcome).toBe("interrupted");
  });
});

describe("bubblewrap", () => {
  const said = async (bubblewrap: string | undefined) => {
    const python = runtime(bubblewrap);
    await ended(await python.start(spec, sandbox(), never));
    return python.startsFrom?.();
  };

  it("that is not there is said, and Python starts without it", async () => {
    expect(await said(undefined)).toContain("nothing around it: bubblewrap is not installed");
  });

  it("that may do nothing here is said in its own words, and Python starts without it", async () => {
    const broken = join(folder, "bwrap");
    await writeFile(broken, "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n", {
      mode: 0o755,
    });
    expect(await said(broken)).toContain("does not work here (bwrap: No permissions to create new namespace)");
  });

  it("that works is used", async () => {
    const installed = findBubblewrap();
    expect(await said(installed)).toContain(installed ? "bubblewrap is around it" : "bubblewrap is not installed");
  });

  it("is never one that lies in a folder that is only named from where we happen to be", async () => {
    const there = join(folder, "bwrap");
    await writeFile(there, "");
    expect(findBubblewrap(folder)).toBe(there);
    expect(findBubblewrap(relative(".", folder))).toBeUndefined();
  });
});

it("JavaScript, were Python to get hold of it, finds no way to the host", { timeout: 60_000 }, async () => {
  const all = { ...assets(), code: resolve("."), worker: resolve("tests/conformance/open-worker.ts") };
  const image = findImage(imageName(all), [all.images]);
  const kernel = await launch(all, image, undefined, sandbox(), never);

  // The bridge that was taken away is still somewhere in the memory. It leads to Pyodide's own objects, and no farther.
  const reach = `
import _pyodide_core as core, gc
finder = next(one for one in gc.get_objects() if type(one).__name__ == "JsFinder")
js, pyodide = finder.jsproxies["js"], finder.jsproxies["pyodide_js"]
module, api, fs = pyodide._module, pyodide._api, pyodide.FS
Function = core.create_proxy([1]).constructor.constructor
sock = module.SOCKFS.createSocket(2, 1, 0)
bridge = api.initializeNodeSockFS()
reading = api.loadBinaryFile("${secret}")
str(Function)`;
  expect((await runIn(kernel, reach)).result?.text).toContain("function Function()");
  expect((await runIn(kernel, "Function('return 1')()")).error?.message).toContain(
    "Code generation from strings disallowed",
  );
  const probes = [
    "api._nodeSock",
    "js.WebAssembly",
    "js.process",
    "js.fetch",
    "bridge.result()",
    "reading.result()",
    `module.SOCKFS.websocket_sock_ops.connect(sock, "127.0.0.1", ${port})`,
    `fs.mkdir("/host"); fs.mount(fs.filesystems.NODEFS, fs, "/host"); open("/host${secret}").read()`,
  ];
  const succeeded: string[] = [];
  for (const code of probes) {
    if ((await runIn(kernel, code)).ok) succeeded.push(code);
  }
  expect(succeeded).toEqual([]);
  expect(visits).toEqual([]);
  await ended(kernel);
});
