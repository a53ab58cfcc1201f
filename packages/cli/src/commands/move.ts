import { realpathSync, statSync } from "node:fs";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { findSession, withClient } from "../open.ts";

export async function command(given: Arguments): Promise<Exit> {
  const cwd = realFolder(given.needed("FOLDER"));
  await withClient(async (client) => {
    const { id } = await findSession(client, given.needed("SESSION"));
    await client.request("session/update", { sessionId: id, cwd });
  });
  return exits.done;
}

function realFolder(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) throw usage(`${path || '""'} is not a folder; name one that exists`);
  return realpathSync(path);
}
