import { execFileSync } from "node:child_process";
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "vitest";

export type SmallDisk = Disposable & {
  /** Where its files lie. */
  path: string;
  /** Takes all room that is left but so many bytes. */
  fill(but?: number): void;
  /** Gives it back. */
  free(): void;
  readOnly(): void;
};

/**
 * A disk of so many MiB for one test. Only root may mount one, as the tests of CI do: there it must be possible, anywhere else
 * the test says that it could not be run.
 */
export function smallDisk(path: string, megabytes: number, context: TestContext): SmallDisk {
  mkdirSync(path, { mode: 0o700 });
  try {
    mount(`size=${megabytes}m,mode=700`);
  } catch (error) {
    if (process.env["CI"]) throw error;
    context.skip("only root may mount a disk that is small enough to be filled");
  }
  let mounted = true;
  const unmount = () => {
    if (mounted) execFileSync("umount", ["--lazy", path], { cwd: dirname(path) });
    mounted = false;
  };
  // A test that hangs never leaves its own scope.
  context.onTestFailed(unmount);
  const ballast = join(path, "ballast");
  return {
    path,
    fill(but = 0) {
      const file = openSync(ballast, "a");
      for (const block of [new Uint8Array(1024 * 1024), new Uint8Array(4096)]) writeUntilFull(file, block);
      ftruncateSync(file, fstatSync(file).size - but);
      closeSync(file);
    },
    free: () => rmSync(ballast),
    readOnly: () => mount("remount,ro"),
    [Symbol.dispose]: unmount,
  };

  function writeUntilFull(file: number, block: Uint8Array): void {
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }

  function mount(options: string): void {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "daimon-test", path], { stdio: ["ignore", "ignore", "pipe"] });
  }
}
