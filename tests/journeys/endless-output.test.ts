import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { describe, expect, it } from "vitest";
import { assets } from "../../packages/server/src/runtimes/pyodide/assets.ts";
import { ensureBootImage } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { python } from "../conformance/pythons.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { runCell } from "./ipython/notebook.ts";
import { join, next } from "./world.ts";

/** More than anybody could read, and not one line end in it. */

const interpreter = await python();
const runtimes = ["pyodide", ...(interpreter === undefined ? [] : [`cpython ${interpreter}`])];

const megabytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

/** What a cell prints, how much of it in MiB, and what the daemon may take for it at most, as lazily as it collects. */
const printing = [
  { how: "in one piece", code: "print('x' * (100 << 20), end='')", printed: 100, takes: 300 },
  { how: "in many pieces", code: "for n in range(4800): print('x' * (1 << 16), end='')", printed: 300, takes: 260 },
];

describe.for(runtimes)("in %s", { timeout: 120_000 }, (runtime) => {
  // The sealed Python waits for whoever reads, by a ring of its own; what a process prints is read by the daemon itself.
  const cases = printing.filter(({ printed }) => printed === 100 || runtime !== "pyodide");
  it.for(cases)("$printed MiB without a line end, $how, end their cell and are counted", async (one) => {
    await ensureBootImage(assets().images);
    await withFolder(async (folder) => {
      await using daemon = await startDaemon({ home: path(folder, "home") });
      const mia = join(daemon, "mia");
      const { id: sessionId } = await mia.request("session/create", { cwd: folder, runtime });
      const at = await mia.attach(sessionId);
      await runCell(mia, at, sessionId, "1");
      const before = megabytes(daemon.pid);
      const finished = next(at, "cell.finished");
      const closed: { text: string; omitted?: number }[] = [];
      const stop = at.onChange((change) => {
        if (change.is === "event" && change.recorded.event.type === "cell.closed") closed.push(change.recorded.event);
      });
      await mia.request("session/python", { sessionId, code: one.code });
      expect((await finished).event).toMatchObject({ ok: true });
      stop();
      const kept = closed.reduce((sum, { text }) => sum + text.length, 0);
      const omitted = closed.reduce((sum, { omitted: left = 0 }) => sum + left, 0);
      expect(kept + omitted).toBeGreaterThanOrEqual(one.printed << 20);
      expect(kept).toBeLessThan(512 * 1024);
      expect(megabytes(daemon.pid) - before).toBeLessThan(one.takes);
      expect((await runCell(mia, at, sessionId, "6 * 7")).result).toBe("42");
      mia.close();
    });
  });
});
