import type { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { exitOf, runIn, watchIn, type World } from "./runtime-world.ts";

/** How a kernel ends, and what is ready before one is asked for. */
export function runtimeLife(world: World): void {
  describe("the end", () => {
    it("is told when Python ends itself, and every waiting and later cell hears it", async () => {
      const doomed = await world.start();
      const exited = exitOf(doomed);
      const last = runIn(doomed, "import os\nos._exit(3)");
      expect((await last).outcome).toBe("died");
      expect(await exited).toMatchObject({ is: "died", why: expect.stringMatching(/exited with status 3$/) });
      expect((await runIn(doomed, "1")).outcome).toBe("died");
      expect((await doomed.capability("list_globals")).ok).toBe(false);
      expect(await doomed.checkpoint()).toBeUndefined();
      expect(await doomed.isComplete("1")).toEqual({ is: "complete" });
    });

    it("by kill ends a running cell and the process, and says why", async () => {
      const { kernel: doomed, process } = await world.alone();
      const exited = exitOf(doomed);
      const watched = watchIn(doomed, "print('go')\nwhile True: pass");
      await watched.says("go");
      doomed.kill("the test wants it");
      doomed.kill("and again");
      expect((await watched.result).outcome).toBe("died");
      expect(await exited).toEqual({ is: "stopped", why: "the test wants it" });
      await process.exited;
    });

    it("by a signal from outside is told with the signal", async () => {
      const { kernel: doomed, process } = await world.alone();
      const exited = exitOf(doomed);
      process.kill("SIGKILL");
      expect(await exited).toEqual({ is: "died", why: "ended by SIGKILL" });
    });

    it("does not come by the signal of a start that is over", async () => {
      const controller = new AbortController();
      const started = await world.start(controller);
      controller.abort();
      expect((await runIn(started, "1 + 1")).result?.text).toBe("2");
      started.kill("tested");
    });

    it("comes to a kernel whose daemon is gone, busy as it may be", async () => {
      const { kernel: left, process } = await world.alone();
      const watched = watchIn(left, "print('go')\nwhile True: pass");
      await watched.says("go");
      for (const end of [process.stdin, process.channel]) (end as Duplex | null)?.destroy();
      await process.exited;
    });

    it("comes to a kernel whose start was given up", async () => {
      const controller = new AbortController();
      const spawned = world.nextChild();
      const starting = world.start(controller);
      const process = await spawned;
      controller.abort(new Error("changed my mind"));
      await expect(starting).rejects.toThrow("changed my mind");
      expect((await process.exited).signal).toBe("SIGKILL");
      await expect(world.start(controller)).rejects.toThrow("changed my mind");
    });
  });

  describe("a checkpoint", () => {
    it("that is not kept is refused", async () => {
      expect(await world.kernel.restore("no such checkpoint")).toBe(false);
      expect((await runIn(world.kernel, "1 + 1")).result?.text).toBe("2");
    });
  });
}

/** For runtimes that keep checkpoints. */
export function runtimeCheckpoints(world: World): void {
  const { run, value } = world;

  describe("a checkpoint", () => {
    it("takes the whole Python back, running generators included", async () => {
      await run("counting = iter(range(10))\nnext(counting)\nlisted = [1]\nalias = listed");
      const checkpoint = String(await world.kernel.checkpoint());
      await run("next(counting); next(counting); listed.append(2); afterwards = 1; hole = bytearray(30 << 20)");
      expect(await world.kernel.restore(checkpoint)).toBe(true);
      expect(await value("(next(counting), listed, alias is listed, 'afterwards' in globals())")).toBe(
        "(1, [1], True, False)",
      );
      expect((await run("print('still'); import asyncio; await asyncio.sleep(0.001)")).ok).toBe(true);
      expect((await run("1 / 0")).error?.name).toBe("ZeroDivisionError");
    });
  });
}

/** For runtimes that boot one ahead. */
export function runtimeSpare(world: World): void {
  describe("a warm spare", () => {
    it("is handed out, replaced, and not handed out once it died", async () => {
      world.runtime.warm(world.sandbox, true);
      const before = world.children.length;
      const first = await world.start();
      expect(first.generation).toBe(7);
      // The spare was being booted already: nothing else was started for this kernel.
      expect(world.children.length).toBe(before + 1);
      const refilled = world.nextChild();
      expect((await runIn(first, "1 + 1")).result?.text).toBe("2");

      const spare = await refilled;
      const replaced = world.nextChild();
      spare.kill("SIGKILL");
      await spare.exited;
      await replaced;
      const second = await world.start();
      expect((await runIn(second, "1 + 1")).result?.text).toBe("2");
      for (const one of [first, second]) one.kill("tested");
    });

    it("whose taker gave up ends", async () => {
      const spawned = world.nextChild();
      world.runtime.warm(world.sandbox, true);
      const spare = await spawned;
      const controller = new AbortController();
      const starting = world.start(controller);
      controller.abort(new Error("changed my mind"));
      await expect(starting).rejects.toThrow("changed my mind");
      await spare.exited;
      world.runtime.warm(world.sandbox, false);
    });
  });
}
