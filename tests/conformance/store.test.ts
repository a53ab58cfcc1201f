import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../packages/server/src/core/ports.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/index.ts";
import { storeSuite } from "./store.ts";

const clock = { now: () => 0, after: () => () => {} };

storeSuite("sqlite", async () => {
  const folder = await mkdtemp(join(tmpdir(), "daimon-store-"));
  const opened: Store[] = [];
  return {
    async open(options = {}) {
      const store = openSqliteStore({ file: join(folder, "log.db"), clock, log: () => {}, ...options });
      opened.push(store);
      return store;
    },
    async dispose() {
      await Promise.all(opened.map((store) => store.close()));
      await rm(folder, { recursive: true });
    },
  };
});
