import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processesOf } from "./left-behind.ts";

test.runIf(process.platform === "linux")(
  "a process that a test leaves behind is found, also without a word of it in its environment",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "left-"));
    const child = spawn(process.execPath, ["-e", "process.stdout.write('up'); process.stdin.resume()"], {
      cwd: folder,
      env: {},
    });
    await once(child.stdout, "data");
    expect(processesOf(folder).map(({ pid }) => pid)).toEqual([child.pid]);
    child.stdin.end();
    await once(child, "exit");
    expect(processesOf(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  },
);
