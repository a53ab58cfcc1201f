import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readFrames, writeFrame } from "../../packages/server/src/runtimes/frames.ts";
import { assets } from "../../packages/server/src/runtimes/pyodide/assets.ts";
import { pyodideRuntime } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { durableWrites } from "../disk.ts";
import { interleaved, median, type Row, timed, type World } from "../harness.ts";
import { silent } from "../ports.ts";
import { callerOf, node, startDaemon } from "../processes.ts";
import type { Caller } from "../wire.ts";

const nobody = { output: () => undefined, display: () => undefined, input: () => undefined };

/** `1+1` and back: at the kernel's port, and as a client sees it, with its events written before they are told. */
export const python: Row = {
  name: "python",
  async run(world) {
    const kernel = await kernelOf(world);
    const echo = await echoOf(world);
    const caller = await callerOf(world, await startDaemon(world, "product"));
    const { id } = await caller.ask("session/create", { cwd: world.folder() });
    await caller.attach(id);
    await cell(caller, id);

    const write = durableWrites(world, world.folder(), Buffer.alloc(1000, "x"));
    let number = 0;
    const exec = () => kernel.exec({ id: ++number, code: "1+1" }, nobody);
    const { floor, port, written, client } = await interleaved(
      300,
      {
        floor: () => timed(echo),
        port: () => timed(exec),
        written: () =>
          timed(async () => {
            write();
            await exec();
            write();
          }),
        client: () => timed(() => cell(caller, id)),
      },
      20,
    );
    const first: number[] = [];
    for (let session = 0; session < 5; session++) {
      const fresh = await caller.ask("session/create", { cwd: world.folder() });
      await caller.attach(fresh.id);
      await pause(4000); // a spare is booted when the last one was taken
      first.push(await timed(() => cell(caller, fresh.id)));
    }
    return [
      {
        what: "Python round trip at the kernel port, p50",
        unit: "ms",
        floor: median(floor),
        measured: median(port),
        budget: { is: "value", most: 0.8 },
        note: "floor: echo",
      },
      {
        what: "Python round trip seen by a client, p50",
        unit: "ms",
        floor: median(written),
        measured: median(client),
        budget: { is: "value", most: 1.6 },
        note: "floor: port + 2 fdatasync",
      },
      {
        what: "first py> result of a fresh session, warm spare",
        unit: "ms",
        measured: median(first),
        budget: { is: "value", most: 100 },
      },
    ];
  },
};

async function cell(caller: Caller, sessionId: string): Promise<void> {
  const finished = caller.next("cell.finished", sessionId);
  await caller.ask("session/python", { sessionId, code: "1+1" });
  await finished;
}

async function kernelOf(world: World) {
  const sandbox = hostSandbox({ children: join(world.folder(), "children") });
  const runtime = pyodideRuntime({ images: assets().images, log: silent });
  const spec = { session: "bench", cwd: world.folder(), generation: 1 };
  const kernel = await runtime.start(spec, sandbox, new AbortController().signal);
  world.after(async () => {
    const gone = new Promise<void>((resolve) => kernel.onExit(() => resolve()));
    kernel.kill("measured");
    await gone;
  });
  return kernel;
}

async function echoOf(world: World): Promise<() => Promise<void>> {
  const sandbox = hostSandbox({ children: join(world.folder(), "children") });
  const profile = { cwd: world.folder(), env: {}, network: [], writable: [], channel: true as const, label: "echo" };
  const child = await sandbox.spawn([node, join(world.bench, "echo.mjs")], profile, new AbortController().signal);
  world.after(async () => {
    child.kill("SIGKILL");
    await child.exited;
  });
  const { channel } = child;
  if (channel === null) throw new Error("the echo has no channel");
  let answered = () => {};
  readFrames(
    channel,
    1024,
    () => answered(),
    (why) => channel.destroy(new Error(why)),
  );
  const ask = () =>
    new Promise<void>((resolve) => {
      answered = resolve;
      writeFrame(channel, { type: "exec", id: 1, cell: 1, code: "1+1" });
    });
  await ask();
  return ask;
}
