import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Script } from "../daemon-process/scripted.ts";
import { type Running, startDaemon, withFolder } from "../daemon-process/start.ts";
import { idle, join as enter, logOf, until } from "./world.ts";

/** The assistant looks at files: the real daemon, whose home lies inside of the session's folder. */

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/p2cVtQAAAABJRU5ErkJggg==",
  "base64",
);
const call = (tool: string, input: object) => ({ call: { tool, input } });

async function results(daemon: Running, cwd: string, text: string): Promise<string[]> {
  const client = enter(daemon, "mia");
  const { id } = await client.request("session/create", { cwd, model: "scripted/any" });
  const at = await client.attach(id);
  await client.request("session/input", { sessionId: id, text });
  await until(at, (now) => idle(now) && now.now.view.items.at(-1)?.kind === "text");
  const log = await logOf(client, id);
  client.close();
  // They run side by side: in the order in which they were asked for.
  return log
    .flatMap(({ event }) => (event.type === "call.finished" ? [event] : []))
    .toSorted((a, b) => a.call - b.call)
    .map(({ value }) => value.text);
}

test("nothing that the assistant asks for shows what is the daemon's, in a folder that holds its home", async () => {
  await withFolder(async (folder) => {
    const home = join(folder, "home");
    const done = [{ text: "done" }];
    const script: Script = {
      look: [
        [
          call("read", { path: "home/state/token" }),
          call("read", { path: "home/config/.env" }),
          call("read", { path: "/proc/self/environ" }),
          call("read", { path: "/proc/self/cwd/token" }),
          call("ls", { path: "home/run" }),
          call("find", { pattern: "*" }),
          call("grep", { pattern: "dmn_" }),
          call("read", { path: "notes.txt" }),
        ],
        done,
      ],
    };
    await using daemon = await startDaemon({ home, script });
    await writeFile(join(home, "config/.env"), "ANTHROPIC_API_KEY=secret\n", { mode: 0o600 });
    await writeFile(join(folder, "notes.txt"), "a token is named dmn_something\n");
    const said = await results(daemon, folder, "look");
    expect(said.join("\n")).not.toContain(daemon.token);
    expect(said).toEqual([
      own("home/state/token"),
      own("home/config/.env"),
      expect.stringContaining("lies outside"),
      own("/proc/self/cwd/token"),
      own("home/run"),
      "home.script.json\nhome/\nhome/config/\nhome/run/\nhome/state/\nnotes.txt",
      expect.stringMatching(/^home\.script\.json\n1: .*\nnotes\.txt\n1: a token is named dmn_something$/),
      "1\ta token is named dmn_something",
    ]);
    await daemon.stop();
  });
});

const own = (path: string) => `"${path}" belongs to daimon itself: its own folders are closed to tools.`;

test("a picture that the assistant reads is before its eyes in the next step", async () => {
  await withFolder(async (folder) => {
    const script: Script = {
      look: [[call("read", { path: "shot.png" }), call("read", { path: "none" })]],
      "[daimon] What read showed:": [[{ keep: "asked.json" }, { text: "a red dot" }]],
    };
    await writeFile(join(folder, "shot.png"), png);
    await using daemon = await startDaemon({ home: join(folder, "home"), script });
    await results(daemon, folder, "look");
    const { messages } = JSON.parse(await readFile(join(folder, "asked.json"), "utf8")) as { messages: object[] };
    expect(messages.at(-1)).toMatchObject({ role: "user", images: [{ type: "image/png", bytes: { data: [...png] } }] });
    expect(messages.slice(-3, -1)).toMatchObject([{ role: "tool" }, { role: "tool" }]);
    await daemon.stop();
  });
});
