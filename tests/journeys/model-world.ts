import { mkdir, writeFile } from "node:fs/promises";
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

/** What a daemon must be started with to find this vendor: an address in its config, and a key in its environment. */
export async function reaching(
  home: string,
  { speaks }: Speaker,
  { url }: Vendor,
  settings = "",
): Promise<StartOptions> {
  const folder = path(home, "config");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const table = { speaks, url, key: "$VENDOR_KEY", ...(speaks === "openai-chat" ? { free: true } : {}) };
  const lines = Object.entries(table).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  await writeFile(path(folder, "config.toml"), `${settings}\n[providers.${speaks}]\n${lines.join("")}`, {
    mode: 0o600,
  });
  return { home, env: { VENDOR_KEY: "a-key-for-tests" } };
}

export async function withModel(
  speaker: Speaker,
  script: Script,
  use: (world: ModelWorld) => Promise<void>,
  settings?: string,
): Promise<void> {
  const vendor = await startVendor(script);
  try {
    await withFolder(async (folder) => {
      await using daemon = await startDaemon(await reaching(path(folder, "home"), speaker, vendor, settings));
      const mia = join(daemon, "mia");
      const cwd = path(folder, "work");
      await mkdir(cwd);
      const { id: sessionId } = await mia.request("session/create", { cwd, model: nameOf(speaker), mode: "auto-edit" });
      await use({ folder, vendor, daemon, mia, sessionId, at: await mia.attach(sessionId) });
      mia.close();
    });
  } finally {
    await vendor.close();
  }
}
