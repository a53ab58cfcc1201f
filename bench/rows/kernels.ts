import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Child, Kernel, Runtime, Sandbox } from "../../packages/server/src/core/ports.ts";
import { cpythonRuntime } from "../../packages/server/src/runtimes/cpython/index.ts";
import { assets } from "../../packages/server/src/runtimes/pyodide/assets.ts";
import { pyodideRuntime } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { interleaved, type Line, median, type Row, timed, type World } from "../harness.ts";
import { silent } from "../ports.ts";

/** Our kernels at their port, beside IPython's where Debian's python3-ipykernel is installed. */

const debians = "/usr/bin/python3";
const nobody = { output: () => undefined, display: () => undefined, input: () => undefined };
const never = new AbortController().signal;
let cells = 0;
const run = (kernel: Kernel, code = "1+1") => kernel.exec({ id: ++cells, code }, nobody);

export const kernels: Row = {
  name: "kernels",
  async run(world) {
    const started: Child[] = [];
    const host = hostSandbox({ children: join(world.folder(), "children") });
    const spawned: Sandbox["spawn"] = async (...how) => {
      const child = await host.spawn(...how);
      started.push(child);
      return child;
    };
    world.after(async () => {
      for (const child of started) child.kill("SIGKILL");
      await Promise.all(started.map(({ exited }) => exited));
    });
    const sandbox = { ...host, spawn: spawned };
    const cwd = world.folder();
    const start = (runtime: Runtime, interpreter?: string) =>
      runtime.start({ session: "bench", cwd, generation: 1, ...(interpreter ? { interpreter } : {}) }, sandbox, never);
    const cpython = cpythonRuntime({ cache: world.folder(), env: process.env, hidden: () => [] });
    const pyodide = pyodideRuntime({ images: assets().images, log: silent });
    const peer = ipykernelOf(world);

    const starting = await interleaved(7, {
      ipykernel: () => peer?.("start") ?? Promise.resolve(Number.NaN),
      cpython: async () => {
        const took = await timed(() => start(cpython, debians));
        started.at(-1)?.kill("SIGKILL");
        return took;
      },
    });

    const ours = { cpython: await start(cpython, debians), pyodide: await start(pyodide) };
    const trips = await interleaved(
      40,
      {
        ipykernel: inARow(() => peer?.("run") ?? Promise.resolve(Number.NaN)),
        cpython: inARow(() => timed(() => run(ours.cpython))),
        pyodide: inARow(() => timed(() => run(ours.pyodide))),
        look: inARow(() => timed(() => ours.cpython.capability("eval_expr", "1+1"))),
      },
      4,
    );
    const theirs = (values: number[]) => (peer ? { floor: median(values) } : {});
    const ratio = (most: number) => (peer ? ({ is: "ratio", most } as const) : ({ is: "none" } as const));
    const lines: Line[] = [
      {
        what: "kernel start, CPython",
        unit: "ms",
        ...theirs(starting.ipykernel),
        measured: median(starting.cpython),
        budget: ratio(0.2),
        note: "floor: ipykernel",
      },
      ...(["cpython", "pyodide"] as const).map((name): Line => ({
        what: `round trip at the port, ${name}, p50`,
        unit: "ms",
        ...theirs(trips.ipykernel),
        measured: median(trips[name]),
        budget: ratio(name === "cpython" ? 0.05 : 0.143),
        note: "floor: ipykernel",
      })),
      {
        what: "capability, CPython, p50",
        unit: "ms",
        floor: median(trips.cpython),
        measured: median(trips.look),
        budget: { is: "added", most: 2 },
        note: "floor: round trip",
      },
    ];
    const endless = {
      loop: "while True: pass",
      sleep: "import time; time.sleep(99)",
      asyncio: "import asyncio; await asyncio.sleep(99)",
      regex: "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    };
    for (const [name, kernel] of Object.entries(ours)) {
      const took: number[] = [];
      for (const code of Object.values(endless))
        for (let n = 0; n < 5; n++) took.push(await interruption(kernel, code));
      lines.push({
        what: `interrupt of loops, sleeps, asyncio and regex, ${name}, slowest`,
        unit: "ms",
        measured: Math.max(...took),
        budget: { is: "value", most: 50 },
      });
    }
    return [...lines, ...(await memory(cpython, start, started))];
  },
};

/** The median of some in a row: a process that has slept takes longer, whichever it is. */
const inARow = (one: () => Promise<number>) => async () => {
  const took: number[] = [];
  for (let n = 0; n < 15; n++) took.push(await one());
  return median(took);
};

/** From the interrupt to the end of the cell. */
async function interruption(kernel: Kernel, code: string): Promise<number> {
  const going = Promise.withResolvers<void>();
  const cell = kernel.exec({ id: ++cells, code: `print('go')\n${code}` }, { ...nobody, output: () => going.resolve() });
  await going.promise;
  return timed(async () => {
    kernel.interrupt();
    await cell;
  });
}

async function memory(
  cpython: Runtime,
  start: (runtime: Runtime, interpreter: string) => Promise<Kernel>,
  started: readonly Child[],
): Promise<Line[]> {
  const eight: { kernel: Kernel; child: Child }[] = [];
  for (let n = 0; n < 8; n++) {
    const kernel = await start(cpython, debians);
    eight.push({ kernel, child: started.at(-1) as Child });
  }
  const [one] = eight as [(typeof eight)[number]];
  const line = (what: string, measured: number): Line => ({ what, unit: "MB", measured, budget: { is: "none" } });
  const lines = [
    line("RSS of an idle CPython kernel", resident(one.child)),
    line(
      "memory of eight idle CPython kernels, shared parts once",
      eight.reduce((sum, { child }) => sum + proportional(child), 0),
    ),
  ];
  const work = "total = 0\nfor n in range(100): total += n\nprint(total)\n[n for n in range(100)]";
  const thousand = async () => {
    for (let n = 0; n < 1000; n++) await run(one.kernel, work);
  };
  await thousand();
  await thousand();
  const before = resident(one.child);
  await thousand();
  lines.push({
    ...line("RSS that a thousand cells add", resident(one.child) - before),
    budget: { is: "value", most: 1 },
    note: "after two thousand",
  });
  return lines;
}

const inMegabytes = (text: string, name: string) =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
const resident = ({ pid }: Child) => inMegabytes(readFileSync(`/proc/${pid}/status`, "utf8"), "VmRSS");
const proportional = ({ pid }: Child) => inMegabytes(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"), "Pss");

/** Measures IPython's kernel, as it is told; undefined where there is none. */
function ipykernelOf(world: World): ((what: "start" | "run") => Promise<number>) | undefined {
  const has = spawnSync(debians, ["-c", "import ipykernel, jupyter_client"], { cwd: "/", stdio: "ignore" });
  if (has.status !== 0) return undefined;
  const script = join(import.meta.dirname, "../floors/jupyter.py");
  const child: ChildProcess = spawn(debians, ["-W", "ignore", script], { stdio: ["pipe", "pipe", "ignore"] });
  world.after(async () => {
    child.stdin?.end();
    await once(child, "exit");
  });
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async (what) => {
    child.stdin?.write(`${what}\n`);
    const { value } = (await answers.next()) as { value?: string };
    if (value === undefined) throw new Error("the bench of ipykernel ended early");
    return Number(value);
  };
}
