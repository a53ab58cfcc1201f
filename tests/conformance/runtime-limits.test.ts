import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Sandbox } from "../../packages/server/src/core/ports.ts";
import { cpythonRuntime } from "../../packages/server/src/runtimes/cpython/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { python } from "./pythons.ts";
import { exitOf, runIn } from "./runtime-world.ts";

/** A user that nothing else runs as: the system counts processes by user, and those of root it does not limit. */
const nobody = 54_321;
const isRoot = process.getuid?.() === 0;
const interpreter = await python();

test.runIf(interpreter !== undefined)(
  "a fork bomb ends at a limit, and its Python goes on",
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "daimon-limits-"));
    await chmod(folder, 0o755);
    const runtime = cpythonRuntime({ cache: join(folder, "compiled"), env: process.env, hidden: () => [] });
    const spec = { session: "s", cwd: folder, generation: 1, interpreter: interpreter ?? "" };
    const host = hostSandbox({ children: join(folder, "children") });
    const change = isRoot ? ["/usr/bin/setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"] : [];
    const sandbox: Sandbox = { ...host, spawn: (argv, ...rest) => host.spawn([...change, ...argv], ...rest) };
    const kernel = await runtime.start(spec, sandbox, new AbortController().signal);
    const exited = exitOf(kernel);
    const value = async (code: string) => (await runIn(kernel, code)).result?.text;

    await runIn(kernel, "import os, resource, signal\nmost = resource.getrlimit(resource.RLIMIT_NPROC)[0]");
    const now =
      "sum(len(os.listdir(f'/proc/{p}/task')) for p in os.listdir('/proc') if p.isdecimal() and os.stat(f'/proc/{p}').st_uid == os.getuid())";
    if (isRoot) expect(await value(`2048 <= most <= 2048 + ${now}`)).toBe("True");
    // The same limit, but one that the machine does not feel.
    const bomb = `resource.setrlimit(resource.RLIMIT_NPROC, (${now} + 20,) * 2)
made = []
while True:
    made.append(os.fork())
    if made[-1] == 0: signal.pause()`;
    expect((await runIn(kernel, bomb)).error?.name).toBe("BlockingIOError");
    expect(await value("0 < len(made) <= 20")).toBe("True");
    await runIn(kernel, "for pid in made: os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)");
    expect(await value("6 * 7")).toBe("42");
    kernel.kill("tested");
    await exited;
    await rm(folder, { recursive: true, force: true });
  },
);
