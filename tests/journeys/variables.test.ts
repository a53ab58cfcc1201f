import { expect, test } from "vitest";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { join, until } from "./world.ts";

test("a client that shows Python's variables sees what others' cells make of them, and loses them with their Python", async () => {
  await withFolder(async (folder) => {
    await using daemon = await startDaemon({ home: folder });
    const [mia, ben] = [join(daemon, "mia"), join(daemon, "ben")];
    const { id: sessionId } = await mia.request("session/create", { cwd: folder });
    const pane = await ben.attach(sessionId);
    pane.watchVariables(true);
    const shown = () => pane.now.variables?.rows.map(({ name, type, size, preview }) => [name, type, size, preview]);
    await until(pane, () => shown()?.length === 0);
    const first = await mia.request("session/python", { sessionId, code: "prices = [1.5, 2]\nn = 3" });
    await until(pane, () => shown()?.length === 2);
    expect(shown()).toEqual(
      expect.arrayContaining([
        ["prices", "list", "2 items", "[1.5, 2]"],
        ["n", "int", undefined, "3"],
      ]),
    );
    expect(pane.now.variables?.rows.map(({ cell }) => cell)).toEqual([first.cell, first.cell]);
    await mia.request("session/python", { sessionId, code: "prices.append(9)" });
    await until(pane, () => shown()?.[0]?.[2] === "3 items");
    await mia.request("session/kernel", { sessionId, action: "stop" });
    await until(pane, () => shown()?.length === 0);
    expect(await ben.request("session/variables", { sessionId })).toEqual({ rows: [] });
    for (const client of [mia, ben]) client.close();
  });
});
