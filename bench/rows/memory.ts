import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Row } from "../harness.ts";
import { startDaemon, startFloor } from "../processes.ts";

/** A daemon that has nothing to do, without a kernel. */
export const memory: Row = {
  name: "memory",
  async run(world) {
    const { child } = await startDaemon(world, "product");
    const folder = world.folder();
    const floor = await startFloor(world, "service", join(folder, "s"), join(folder, "db"));
    await pause(3000);
    return [
      {
        what: "idle daemon RSS",
        unit: "MB",
        floor: residentOf(floor.pid),
        measured: residentOf(child.pid),
        budget: { is: "value", most: 90 },
        note: "floor: fastify + ws + sqlite",
      },
    ];
  },
};

function residentOf(pid: number | undefined): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}
