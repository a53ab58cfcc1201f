import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Kernel } from "../../packages/server/src/core/ports.ts";
import { assets } from "../../packages/server/src/runtimes/pyodide/assets.ts";
import { ensureBootImage, pyodideRuntime } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { runtimeSuite } from "./runtime.ts";
import { exitOf, runIn, type RuntimeUnderTest } from "./runtime-world.ts";

async function pyodide(): Promise<RuntimeUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "daimon-runtime-"));
  const secret = join(folder, "secret");
  await writeFile(secret, "SECRET");
  await ensureBootImage(assets().images);
  return {
    runtime: pyodideRuntime({ images: join(folder, "images"), log: () => {} }),
    sandbox: hostSandbox({ children: join(folder, "children") }),
    cwd: "/",
    memory: 512 << 20,
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

runtimeSuite("pyodide", { keepsCheckpoints: true, keepsSpare: true }, pyodide);

describe("the embedded Python", { timeout: 120_000 }, () => {
  let under: RuntimeUnderTest;
  let kernel: Kernel;
  const never = new AbortController().signal;
  const start = () => under.runtime.start({ session: "s", cwd: "/", generation: 1 }, under.sandbox, never);
  const ended = (one: Kernel) => {
    const exited = exitOf(one);
    one.kill("tested");
    return exited;
  };
  beforeAll(async () => {
    under = await pyodide();
    kernel = await start();
  }, 120_000);
  afterAll(async () => {
    await ended(kernel);
    await under.end();
  });

  it("may fill its files up to a limit, and has the room back when it removes them", async () => {
    const write = (name: string, megabytes: number) =>
      runIn(kernel, `with open('${name}', 'ab') as file: file.write(bytes(${megabytes} << 20))`);
    expect((await write("one", 100)).ok).toBe(true);
    expect((await write("two", 100)).ok).toBe(true);
    expect((await write("two", 100)).error?.message).toMatch(/No space left/);
    expect((await runIn(kernel, "open('three', 'wb').truncate(1 << 30)")).error?.message).toMatch(/No space left/);
    const far = "file = open('three', 'wb')\nfile.seek(1 << 30); file.write(b'x'); file.flush()";
    expect((await runIn(kernel, far)).error?.message).toMatch(/No space left/);
    await runIn(kernel, "import os\nos.remove('one')");
    expect((await write("again", 100)).ok).toBe(true);
    const open = "held = open('held', 'wb'); held.write(bytes(100 << 20)); held.flush(); os.remove('held')";
    expect((await runIn(kernel, "os.remove('again'); " + open)).ok).toBe(true);
    expect((await write("again", 100)).error?.message).toMatch(/No space left/);
    await runIn(kernel, "held.close()");
    expect((await write("again", 100)).ok).toBe(true);
    await runIn(kernel, "for name in ('two', 'three', 'again'): os.remove(name)");
  });

  it("that began with an image has its own random numbers", async () => {
    const other = await start();
    const code = "import random; random.random()";
    const [one, two] = [await runIn(kernel, code), await runIn(other, code)];
    expect(one.ok && two.ok).toBe(true);
    expect(one.result?.text).not.toBe(two.result?.text);
    await ended(other);
  });

  it("stops a look that hangs where Python cannot be watched", async () => {
    const stuck =
      "class Stuck:\n    def __repr__(self): return str(__import__('re').match(r'(a+)+$', 'a' * 60 + 'b'))\nstuck = Stuck()";
    await runIn(kernel, stuck);
    expect((await kernel.capability("get_repr", "stuck")).text).toContain("took too long");
    expect((await runIn(kernel, "1 + 1")).result?.text).toBe("2");
  });

  it("lets an interrupt of a waiting cell end the look that is in its way", async () => {
    const look = kernel.capability("get_repr", "stuck");
    const waiting = runIn(kernel, "never = 'ran'");
    kernel.interrupt();
    expect((await waiting).outcome).toBe("interrupted");
    expect((await look).ok).toBe(false);
    expect((await runIn(kernel, "'never' in globals()")).result?.text).toBe("False");
  });

  it("runs the next cell though one that waited for a checkpoint was interrupted", async () => {
    const checkpoint = kernel.checkpoint();
    const waiting = runIn(kernel, "never = 'ran'");
    kernel.interrupt();
    expect((await waiting).outcome).toBe("interrupted");
    expect(await checkpoint).toBeDefined();
    expect((await runIn(kernel, "'never' in globals()")).result?.text).toBe("False");
  });

  it("outlives an interrupt that hits its own door", async () => {
    const fresh = await start();
    await runIn(fresh, "from _daimon import kernel\ndef hit(answer): raise KeyboardInterrupt\nkernel.dumps = hit");
    expect((await runIn(fresh, "2")).outcome).toBeUndefined();
    expect((await fresh.capability("list_globals")).ok).toBe(false);
    await ended(fresh);
  });

  it("is not torn by interrupts, wherever they hit", async () => {
    const fresh = await start();
    await runIn(
      fresh,
      "class Slow:\n    def __repr__(self): return str(sum(range(2000)))\nslow = [Slow() for n in range(50)]",
    );
    for (let n = 0; n < 200; n++) {
      const look = fresh.capability("get_repr", "slow");
      const cell = runIn(fresh, "slow");
      for (let times = n % 7; times > 0; times--) await Promise.resolve();
      if (n % 2) await new Promise((done) => setImmediate(done));
      fresh.interrupt();
      await Promise.all([look, cell]);
    }
    expect((await runIn(fresh, "import sys; sys.gettrace(), len(slow)")).result?.text).toBe("(None, 50)");
    await ended(fresh);
  });

  it("keeps four checkpoints and lets the oldest go", async () => {
    const fresh = await start();
    const taken: string[] = [];
    for (let n = 0; n < 5; n++) {
      await runIn(fresh, `at = ${n}`);
      taken.push(String(await fresh.checkpoint()));
    }
    expect(await fresh.restore(String(taken[0]))).toBe(false);
    for (const n of [1, 4]) {
      expect(await fresh.restore(String(taken[n]))).toBe(true);
      expect((await runIn(fresh, "at")).result?.text).toBe(String(n));
    }
    await ended(fresh);
  });

  it("dies of what breaks it, and says so", async () => {
    const doomed = await start();
    const exited = exitOf(doomed);
    expect((await runIn(doomed, "import ctypes; ctypes.string_at(0xfffffff0, 100)")).outcome).toBe("died");
    const why = expect.stringMatching(/^Python broke down: RuntimeError: memory access out of bounds/);
    expect(await exited).toEqual({ is: "died", why });
  });
});
