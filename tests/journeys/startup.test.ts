import { mkdir, writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { idle, join, logOf, until } from "./world.ts";

async function withStartup(
  code: string,
  use: (at: { note(): Promise<string | undefined>; run(code: string): Promise<string | undefined> }) => Promise<void>,
) {
  await withFolder(async (folder) => {
    await mkdir(path(folder, "config"), { recursive: true });
    await writeFile(path(folder, "config", "startup.py"), code);
    await using daemon = await startDaemon({ home: folder });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder });
    const at = await mia.attach(sessionId);
    await use({
      async note() {
        const log = await logOf(mia, sessionId);
        const started = log.findLast(({ event }) => event.type === "kernel.started")?.event;
        return started?.type === "kernel.started" ? started.note : undefined;
      },
      async run(cell) {
        const { cell: id } = await mia.request("session/python", { sessionId, code: cell });
        await until(at, () => at.now.view.seq > id && idle(at));
        const item = at.now.view.items.find((one) => one.kind === "cell" && one.id === id);
        return item?.kind === "cell" ? (item.result?.text ?? item.error?.message) : undefined;
      },
    });
    mia.close();
  });
}

test("every new Python begins with what startup.py made, and says nothing of it where it says nothing", async () => {
  await withStartup("import math\nhome = 'mine'\ndef area(r): return round(math.pi * r * r, 2)\n", async (at) => {
    expect(await at.run("home, area(2), math.e > 2")).toBe("('mine', 12.57, True)");
    expect(await at.note()).toBeUndefined();
    // Nobody typed it: it is no cell of theirs.
    expect(await at.run("len(In)")).toBe("2");
  });
});

test("what goes wrong in startup.py is told with its file and line, and Python is there all the same", async () => {
  await withStartup("before = 1\nprint('on my way')\nafter = before / 0\n", async (at) => {
    expect(await at.run("before + 1")).toBe("2");
    expect(await at.note()).toMatch(
      /startup\.py:\non my way\nTraceback[^]*startup\.py", line 3[^]*ZeroDivisionError: division by zero/,
    );
  });
});
