import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBlobs, type FolderBlobs } from "../../packages/server/src/store/blobs/index.ts";
import { blobsSuite } from "./blobs.ts";

blobsSuite("folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "daimon-blobs-"));
  let opened: FolderBlobs | undefined;
  return {
    open: async (clock) => (opened = openBlobs({ folder, clock })),
    leave: async () => opened?.close(),
    async dispose() {
      await opened?.close();
      await rm(folder, { recursive: true });
    },
  };
});
