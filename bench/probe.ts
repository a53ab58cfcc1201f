import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { monitorEventLoopDelay } from "node:perf_hooks";

/** How a process fares between two questions of its parent: share of a core, and the delay of its event loop. */
export type Fare = { cpu: number; p50: number; p99: number };

export function answerProbes(): void {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let cpu = process.cpuUsage();
  let since = performance.now();
  process.on("message", (question) => {
    if (question === "begin") {
      delay.reset();
      delay.enable();
      cpu = process.cpuUsage();
      since = performance.now();
    } else if (question === "end") {
      const used = process.cpuUsage(cpu);
      const took = performance.now() - since;
      const fare: Fare = {
        cpu: (used.user + used.system) / 10 / took,
        p50: delay.percentile(50) / 1e6,
        p99: delay.percentile(99) / 1e6,
      };
      process.send?.(fare);
    }
  });
}

export async function fareOf(child: ChildProcess, ms: number): Promise<Fare> {
  child.send("begin");
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.send("end");
  const [fare] = (await once(child, "message")) as [Fare];
  return fare;
}
