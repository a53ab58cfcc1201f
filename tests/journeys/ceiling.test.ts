import { mkdir, realpath, rm, writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { ask } from "../daemon-process/ask.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { type Script, startVendor, streaming } from "../providers/server.ts";
import { speakers } from "./vendors.ts";
import { join } from "./world.ts";

/** A project's .daimon/config.toml as people meet it: it takes away where they trust it, and does nothing else. */

const chat = speakers.find(({ speaks }) => speaks === "openai-chat")!;
const cell: Script = () => streaming(chat.says({ calls: [{ id: "a", tool: "python", input: { code: "1" } }] }));
/** A cell, then an answer. */
const cellOnce: Script = (request, index) =>
  index % 2 === 0 ? cell(request, index) : streaming(chat.says({ text: ["so"] }));

type Sent = { tools?: { function: { name: string } }[]; messages: { content: string }[] };

const inProject =
  (script: Script, config: string, use: (at: Awaited<ReturnType<typeof enter>>) => Promise<void>) => async () => {
    const vendor = await startVendor(script);
    try {
      await withFolder(async (made) => {
        const folder = await realpath(made);
        const home = path(folder, "h");
        await mkdir(path(home, "config"), { recursive: true, mode: 0o700 });
        const own = `model = "local/m"\n[providers.local]\nurl = "${vendor.url}"\n${config}`;
        await writeFile(path(home, "config", "config.toml"), own, { mode: 0o600 });
        await mkdir(path(folder, "p/.git"), { recursive: true });
        await mkdir(path(folder, "p/.daimon"));
        await mkdir(path(folder, "p/sub"));
        await using daemon = await startDaemon({ home });
        await use(await enter(daemon, path(folder, "p"), vendor));
      });
    } finally {
      await vendor.close();
    }
  };

async function enter(
  daemon: Awaited<ReturnType<typeof startDaemon>>,
  project: string,
  vendor: Awaited<ReturnType<typeof startVendor>>,
) {
  const mia = join(daemon, "mia");
  const { id: sessionId } = await mia.request("session/create", { cwd: path(project, "sub") });
  const at = await mia.attach(sessionId);
  const heard: string[] = [];
  at.onChange((change) => void (change.is === "warning" && heard.push(change.message)));
  return {
    mia,
    sessionId,
    heard,
    file: path(project, ".daimon/config.toml"),
    write: (text: string) => writeFile(path(project, ".daimon/config.toml"), text),
    trust: (trusted = true) => mia.request("session/trust", { sessionId, folder: project, trusted }),
    look: () => mia.request("session/project", { sessionId }),
    say: async () =>
      (await ask(daemon, "POST", `/api/v1/sessions/${sessionId}/inputs?wait=true`, { text: "hello" })).body.turn,
    sent: (index: number) => vendor.requests[index]?.body as Sent,
  };
}

test(
  "a project that wants only looking has only looking, whatever mode the session is raised to, until it is trusted no more",
  inProject(cellOnce, "", async ({ mia, sessionId, write, trust, say, sent }) => {
    await write('mode = "read-only"\n');
    await trust();
    await mia.request("session/update", { sessionId, mode: "auto-edit" });
    expect(await say()).toMatchObject({
      outcome: "done",
      calls: [{ tool: "python", ok: false, text: expect.stringMatching(/Refused: .* read-only/) }],
    });
    // The model is told how it is, and not how the session is set.
    expect(sent(0).messages[0]?.content).toContain("Approval mode: read-only");
    await trust(false);
    expect(await say()).toMatchObject({ outcome: "done", calls: [{ tool: "python", ok: true }] });
    expect(sent(2).messages[0]?.content).toContain("Approval mode: auto-edit");
  }),
);

test(
  "tools and limits are those that the person and the project both allow, and an edit counts from the next turn on",
  inProject(cell, "[limits]\nsteps = 2\n", async ({ write, trust, say, sent, look, file }) => {
    await write('tools = ["get_repr"]\n[limits]\nsteps = 40\n');
    await trust();
    const { outcome, reason, calls } = await say();
    expect({ outcome, reason, calls: calls.length }).toEqual({
      outcome: "limited",
      reason: expect.stringContaining("limit of 2 steps"),
      calls: 2,
    });
    expect(sent(0).tools?.map((tool) => tool.function.name)).toEqual(["get_repr"]);
    expect(calls[0].text).toMatch(/no tool/);
    await write("[limits]\nsteps = 1\n");
    expect(await say()).toMatchObject({ reason: expect.stringContaining("limit of 1 steps") });
    expect(sent(2).tools?.length).toBeGreaterThan(1);
    expect((await look()).ceiling).toEqual({ file: ".daimon/config.toml", holds: { limits: { steps: 1 } } });
    await rm(file);
    expect(await say()).toMatchObject({ reason: expect.stringContaining("limit of 2 steps") });
  }),
);

test(
  "a bad edit leaves what was said before, and whoever follows the session hears of it once, with its line",
  inProject(cell, "", async ({ write, trust, say, heard, file }) => {
    await write("[limits]\nsteps = 1\n");
    await trust();
    await say();
    await write('[limits]\nsteps = 30\n[providers.mine]\nurl = "http://127.0.0.1:1/v1"\n');
    for (const _ of [1, 2]) expect(await say()).toMatchObject({ reason: expect.stringContaining("limit of 1 steps") });
    expect(heard).toEqual([
      `${file}:3: providers may stand in your own config.toml only: it says where words and keys are sent; what it said before stays`,
    ]);
  }),
);

test(
  "where nobody trusts the project its file is neither read nor followed, and it is told that there is one",
  inProject(cellOnce, "", async ({ write, trust, say, heard, look }) => {
    await write('mode = "read-only"\nmodle = [\n');
    for (const _ of ["unasked", "refused"]) {
      expect(await say()).toMatchObject({ outcome: "done", calls: [{ ok: true }] });
      expect((await look()).ceiling).toEqual({ file: ".daimon/config.toml" });
      await trust(false);
    }
    expect(heard).toEqual([]);
    await trust();
    expect((await look()).ceiling).toMatchObject({
      holds: {},
      fault: expect.stringMatching(/toml:\d+:\d+: invalid value/),
    });
    expect(await say()).toMatchObject({ outcome: "done", calls: [{ ok: true }] });
    expect(heard).toHaveLength(1);
  }),
);
