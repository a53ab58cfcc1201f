import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { Client } from "../../packages/protocol/src/client/index.ts";
import { type Running, startDaemon, withFolder } from "../daemon-process/start.ts";
import { type Script, startVendor, streaming, type Vendor } from "../providers/server.ts";
import { speakers } from "./vendors.ts";
import { idle, join, next, until } from "./world.ts";

/** Settings that people edit while a daemon runs. */

const chat = speakers.find(({ speaks }) => speaks === "openai-chat")!;
const hello = () => streaming(chat.says({ text: ["hello"] }));

type World = {
  daemon: Running;
  mia: Client;
  vendor: Vendor;
  folder: string;
  write(text: string, file?: string): Promise<void>;
};

const whileRunning =
  (use: (world: World) => Promise<void>, script: Script = hello) =>
  async () => {
    const vendor = await startVendor(script);
    try {
      await withFolder(async (folder) => {
        const config = path(folder, "h", "config");
        await mkdir(config, { recursive: true, mode: 0o700 });
        const write = (text: string, file = "config.toml") => writeFile(path(config, file), text, { mode: 0o600 });
        await write('model = "offline/guide"\n');
        await using daemon = await startDaemon({ home: path(folder, "h") });
        const mia = join(daemon, "mia");
        await use({ daemon, mia, vendor, folder, write });
        mia.close();
      });
    } finally {
      await vendor.close();
    }
  };

/** The next warning that somebody who follows a session hears. */
async function warned({ mia }: World, sessionId: string): Promise<() => Promise<string>> {
  const at = await mia.attach(sessionId);
  const heard = Promise.withResolvers<string>();
  at.onChange((change) => {
    if (change?.is === "warning") heard.resolve(change.message);
  });
  return () => heard.promise;
}

test(
  "a provider, its key and a profile that are written while the daemon runs are there for the next turn",
  whileRunning(async ({ mia, vendor, folder, write }) => {
    const { id: sessionId } = await mia.request("session/create", { cwd: folder });
    await write(`[providers.local]\nurl = "${vendor.url}"\nkey = "$LOCAL"\n[profiles.cold]\ntemperature = 0\n`);
    await write("LOCAL=the-key\n", ".env");
    await mia.request("session/update", { sessionId, profile: "cold", model: "local/m" });
    const at = await mia.attach(sessionId);
    await mia.request("session/input", { sessionId, text: "hello" });
    await until(at, (now) => idle(now) && now.now.view.items.some(({ kind }) => kind === "text"));
    expect(vendor.requests[0]).toMatchObject({
      headers: { authorization: "Bearer the-key" },
      body: { model: "m", temperature: 0 },
    });
  }),
);

test(
  "who follows a session hears which line of an edit is wrong, and what was set before stays",
  whileRunning(async (world) => {
    const { mia, folder, write, daemon } = world;
    const { id } = await mia.request("session/create", { cwd: folder });
    const warning = await warned(world, id);
    await write('model = "offline/guide"\nmoed = "full-auto"\n');
    const said = 'config.toml:2: moed is not known; did you mean "mode"?';
    expect(await warning()).toContain(`${said}; what was set before stays`);
    expect(await mia.request("session/create", { cwd: folder })).toMatchObject({ model: "offline/guide", mode: "ask" });
    expect(await readFile(path(daemon.home, "state", "daemon.log"), "utf8")).toContain("those before stay");
    await write('model = "offline/other"\nmode = "read-only"\n');
    expect(await mia.request("session/create", { cwd: folder })).toMatchObject({
      model: "offline/other",
      mode: "read-only",
    });
  }),
);

test(
  "a turn of a profile that is gone from the file ends with a sentence, and no model is asked",
  whileRunning(async ({ mia, vendor, folder, write }) => {
    const provider = `[providers.local]\nurl = "${vendor.url}"\n`;
    await write(`${provider}[profiles.careful]\ntools = []\n`);
    const { id: sessionId } = await mia.request("session/create", {
      cwd: folder,
      profile: "careful",
      model: "local/m",
    });
    await write(provider);
    const ended = next(await mia.attach(sessionId), "turn.ended");
    await mia.request("session/input", { sessionId, text: "hello" });
    const { event } = await ended;
    expect(event).toMatchObject({
      outcome: "failed",
      reason: 'there is no profile "careful"; there are: default',
    });
    expect(vendor.requests).toEqual([]);
  }),
);
