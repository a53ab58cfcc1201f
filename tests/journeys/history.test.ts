import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { Client } from "../../packages/protocol/src/client/index.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { idle, join, until } from "./world.ts";

const script = { "*": [[{ text: "yes" }]] };

/** What was asked, page by page, oldest first. */
async function asked(client: Client, sessionId: string): Promise<string[]> {
  const all: string[] = [];
  for (let before: number | undefined = undefined; ;) {
    const page: Awaited<ReturnType<typeof history>> = await history(before);
    all.unshift(...page.items.flatMap((item) => (item.kind === "input" ? [item.text] : [])));
    if (page.older === undefined) return all;
    before = page.older;
  }
  function history(before: number | undefined) {
    return client.request("session/history", { sessionId, limit: 2, ...(before === undefined ? {} : { before }) });
  }
}

test("history follows the branch that people are on, also after a restart, and after they left it again", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const first = await startDaemon({ home, script });
    const mia = join(first, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    const say = async (text: string) => {
      await mia.request("session/input", { sessionId, text });
      await until(
        at,
        (now) => idle(now) && now.now.view.items.some((item) => item.kind === "input" && item.text === text),
      );
      return at.now.view.head;
    };
    const fork = await say("one");
    const left = await say("two");
    await mia.request("session/update", { sessionId, head: fork });
    await say("three");
    expect(await asked(mia, sessionId)).toEqual(["one", "three"]);
    await first.stop();

    await using again = await startDaemon({ home, script });
    await until(at, ({ now }) => now.link === "live");
    expect(await asked(mia, sessionId)).toEqual(["one", "three"]);
    await mia.request("session/update", { sessionId, head: left });
    expect(await asked(mia, sessionId)).toEqual(["one", "two"]);
    await again.kill();
    await using third = await startDaemon({ home, script });
    const bob = join(third, "bob");
    expect(await asked(bob, sessionId)).toEqual(["one", "two"]);
    mia.close();
    bob.close();
  });
});
