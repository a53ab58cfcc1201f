import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { World } from "./harness.ts";

/** What the disk itself asks for: these bytes, written and synchronised. In the folder where the store is. */
export function durableWrites(world: World, folder: string, bytes: Buffer): () => void {
  const file = openSync(join(folder, "raw"), "w");
  world.after(() => closeSync(file));
  return () => {
    writeSync(file, bytes);
    fdatasyncSync(file);
  };
}
