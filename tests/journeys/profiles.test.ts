import { mkdir, writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { ask } from "../daemon-process/ask.ts";
import { type Running, startDaemon, withFolder } from "../daemon-process/start.ts";
import { type Script, startVendor, streaming, type Vendor } from "../providers/server.ts";
import { speakers } from "./vendors.ts";

/** Profiles as people meet them: what the config says of one, and what the model is sent. */

const chat = speakers.find(({ speaks }) => speaks === "openai-chat")!;
const hello: Script = () => streaming(chat.says({ text: ["hello"] }));

const config = (url: string) => `
model = "local/plain"
[providers.local]
url = "${url}"

[profiles.short]
model = "local/small"
thinking = "low"
temperature = 0.2
maxTokens = 77
instructions = "Never use tabs."
personality = "A pirate."
tools = ["get_repr"]
[profiles.hasty.limits]
steps = 1
`;

type World = { daemon: Running; vendor: Vendor; folder: string; file: string };

const atHome =
  (script: Script, use: (world: World) => Promise<void>, env: Record<string, string> = {}) =>
  async () => {
    const vendor = await startVendor(script);
    try {
      await withFolder(async (folder) => {
        const home = path(folder, "h");
        await mkdir(path(home, "config"), { recursive: true, mode: 0o700 });
        const file = path(home, "config", "config.toml");
        await writeFile(file, config(vendor.url), { mode: 0o600 });
        await using daemon = await startDaemon({ home, env });
        await use({ daemon, vendor, folder, file });
      });
    } finally {
      await vendor.close();
    }
  };

const create = ({ daemon, folder }: World, more: object) =>
  ask(daemon, "POST", "/api/v1/sessions", { cwd: folder, ...more });
const say = ({ daemon }: World, id: string) =>
  ask(daemon, "POST", `/api/v1/sessions/${id}/inputs?wait=true`, { text: "hello" });

type Sent = {
  model: string;
  temperature?: number;
  max_tokens?: number;
  tools?: object[];
  messages: { content: string }[];
};
const sent = ({ vendor }: World, index = 0) => vendor.requests[index]?.body as Sent;

test(
  "a session of a profile asks its model, in its way, with its tools, and tells it what the profile says",
  atHome(hello, async (world) => {
    const made = await create(world, { profile: "short" });
    expect(made.body).toMatchObject({ profile: "short", model: "local/small", thinking: "low" });
    await say(world, made.body.id);
    expect(sent(world)).toMatchObject({
      model: "small",
      temperature: 0.2,
      max_tokens: 77,
      tools: [{ function: { name: "get_repr" } }],
    });
    expect(sent(world).messages[0]?.content).toMatch(
      /# Instructions of the profile\nNever use tabs\.\n\n# Personality\nA pirate\./,
    );
  }),
);

test(
  "who names no profile has none of another's ways, and what is named beside a profile goes before it",
  atHome(hello, async (world) => {
    const plain = await create(world, {});
    expect(plain.body).toMatchObject({ profile: "default", model: "local/plain", thinking: "off" });
    await say(world, plain.body.id);
    expect(sent(world)).not.toHaveProperty("temperature");
    expect(sent(world)).not.toHaveProperty("max_tokens");
    expect(sent(world).messages[0]?.content).not.toMatch(/pirate/);
    const other = await create(world, { profile: "short", model: "local/other" });
    expect(other.body).toMatchObject({ profile: "short", model: "local/other", thinking: "low" });
  }),
);

test(
  "what a session sets of how its model is asked goes before its profile, until it is given back",
  atHome(hello, async (world) => {
    const { body } = await create(world, { profile: "short" });
    const update = (change: object) => ask(world.daemon, "PATCH", `/api/v1/sessions/${body.id}`, change);
    await update({ temperature: 0, maxTokens: 500, thinking: "high" });
    await say(world, body.id);
    expect(sent(world)).toMatchObject({ temperature: 0, max_tokens: 500, reasoning_effort: "high" });
    await update({ temperature: null, maxTokens: null });
    await say(world, body.id);
    expect(sent(world, 1)).toMatchObject({ temperature: 0.2, max_tokens: 77 });
    for (const wrong of [{ temperature: -0.1 }, { temperature: 2.1 }, { maxTokens: 0 }, { maxTokens: 1.5 }])
      expect(await update(wrong)).toMatchObject({ status: 400 });
  }),
);

test(
  "a session takes another profile with all that it sets, and one that nobody has is refused with the nearest",
  atHome(hello, async (world) => {
    const { body } = await create(world, {});
    const update = (change: object) => ask(world.daemon, "PATCH", `/api/v1/sessions/${body.id}`, change);
    expect((await update({ profile: "short" })).status).toBe(200);
    const view = async () => (await ask(world.daemon, "GET", `/api/v1/sessions/${body.id}`)).body;
    expect(await view()).toMatchObject({ profile: "short", model: "local/small", thinking: "low" });
    await update({ profile: "default" });
    expect(await view()).toMatchObject({ profile: "default", model: "local/plain", thinking: "off" });
    for (const refused of [await update({ profile: "shrot" }), await create(world, { profile: "shrot" })])
      expect(refused).toMatchObject({
        status: 404,
        body: { error: { message: 'there is no profile "shrot"; did you mean "short"?' } },
      });
    // A name that every object answers to is no profile.
    expect(await update({ profile: "constructor" })).toMatchObject({ status: 404 });
  }),
);

test(
  "a tool that the profile does not offer is not there, also where a model calls it",
  atHome(
    (_, index) =>
      streaming(
        index === 0
          ? chat.says({ calls: [{ id: "a", tool: "python", input: { code: "1" } }] })
          : chat.says({ text: ["sorry"] }),
      ),
    async (world) => {
      const { body } = await create(world, { profile: "short" });
      const { turn } = (await say(world, body.id)).body;
      expect(turn).toMatchObject({ outcome: "done", calls: [{ tool: "python", ok: false }] });
      expect(turn.calls[0].text).toMatch(/no tool/);
    },
  ),
);

test(
  "a profile's limits end a turn openly",
  atHome(
    () => streaming(chat.says({ calls: [{ id: "a", tool: "get_repr", input: { expression: "1" } }] })),
    async (world) => {
      const { body } = await create(world, { profile: "hasty" });
      expect((await say(world, body.id)).body.turn).toMatchObject({
        outcome: "limited",
        reason: expect.stringContaining("1 steps"),
      });
    },
  ),
);

test(
  "the model of the environment goes before the file's, also where the file gives it to the default profile",
  atHome(
    hello,
    async (world) => {
      expect((await create(world, {})).body).toMatchObject({ model: "local/env" });
      expect((await create(world, { profile: "short" })).body).toMatchObject({ model: "local/small" });
    },
    { DAIMON_MODEL: "local/env" },
  ),
);
