import { mkdir } from "node:fs/promises";
import { join as path } from "node:path";
import type { Attachment, Client } from "../../packages/protocol/src/client/index.ts";
import { type Running, type StartOptions, startDaemon, withFolder } from "../daemon-process/start.ts";
import { type Script, startVendor, type Vendor } from "../providers/server.ts";
import type { Speaker } from "./vendors.ts";
import { join } from "./world.ts";

/** A person at a daemon whose model is a vendor on loopback. */
export type ModelWorld = {
  folder: string;
  vendor: Vendor;
  daemon: Running;
  mia: Client;
  sessionId: string;
  at: Attachment;
};

export const nameOf = ({ speaks, model }: Speaker): string => `${speaks}/${model}`;

/** What a daemon must be started with to find this vendor. */
export const reaching = ({ speaks }: Speaker, { url }: Vendor): NonNullable<StartOptions["env"]> => ({
  DAIMON_TEST_PROVIDERS: JSON.stringify([{ name: speaks, speaks, key: "a-key-for-tests", baseURL: url }]),
});

export async function withModel(
  speaker: Speaker,
  script: Script,
  use: (world: ModelWorld) => Promise<void>,
): Promise<void> {
  const vendor = await startVendor(script);
  try {
    await withFolder(async (folder) => {
      await using daemon = await startDaemon({ home: path(folder, "home"), env: reaching(speaker, vendor) });
      const mia = join(daemon, "mia");
      const cwd = path(folder, "work");
      await mkdir(cwd);
      const { id: sessionId } = await mia.request("session/create", { cwd, model: nameOf(speaker), mode: "full-auto" });
      await use({ folder, vendor, daemon, mia, sessionId, at: await mia.attach(sessionId) });
      mia.close();
    });
  } finally {
    await vendor.close();
  }
}
