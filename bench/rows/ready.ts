import { once } from "node:events";
import { spawn } from "node:child_process";
import { request } from "node:http";
import { join } from "node:path";
import { findSocket, homeOf } from "../../packages/protocol/src/client/folders.ts";
import { interleaved, median, type Row, type World } from "../harness.ts";
import { bareNode, environment, node, stop } from "../processes.ts";

export const ready: Row = {
  name: "ready",
  async run(world) {
    const kept = world.folder();
    await untilAnswering(world, kept);
    const { floor, fresh, again } = await interleaved(15, {
      floor: bareNode,
      fresh: () => untilAnswering(world, world.folder()),
      again: () => untilAnswering(world, kept),
    });
    const shared = { unit: "ms", floor: median(floor), budget: { is: "ratio", most: 4 } } as const;
    return [
      { ...shared, what: "daemon spawn -> /health answered, known home", measured: median(again) },
      { ...shared, what: "daemon spawn -> /health answered, first start ever", measured: median(fresh) },
    ];
  },
};

async function untilAnswering(world: World, base: string): Promise<number> {
  const env = environment(base);
  const start = performance.now();
  const child = spawn(node, [join(world.dist, "daemon.cjs")], { env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    await health(findSocket(homeOf(env)));
    return performance.now() - start;
  } finally {
    await stop(child);
  }
}

function health(socketPath: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: "/health" }, (response) => {
      response.resume();
      response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error("not healthy"))));
    });
    asked.on("error", reject).end();
  });
}
