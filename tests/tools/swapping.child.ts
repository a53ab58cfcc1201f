import { renameSync } from "node:fs";

/** Here `sub` and `trap` change places for as long as somebody listens. */

process.on("disconnect", () => process.exit());
process.send?.("ready");

function swap(): void {
  for (let time = 0; time < 200; time++) {
    renameSync("sub", "third");
    renameSync("trap", "sub");
    renameSync("third", "trap");
  }
  setImmediate(swap);
}
swap();
