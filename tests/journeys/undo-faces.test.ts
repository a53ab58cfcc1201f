import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { house } from "../cli/daimon.ts";
import { type Running, startDaemon } from "../daemon-process/start.ts";
import { call, handsIn } from "./hands.ts";

/** What people see of changed files, and how they take them back: at the command line, in the line mode, over HTTP. */

const script = {
  change: [
    [call("read", { path: "a.txt" })],
    [
      call("write", { path: "a.txt", content: "new \u001b[31mred\u001b]0;title\u0007 line\n" }),
      call("write", { path: "b.txt", content: "b\n" }),
    ],
    [{ text: "done" }],
  ],
};

async function asked(
  { socket, token }: Running,
  method: string,
  route: string,
): Promise<{ status?: number; body: { files?: unknown[] } }> {
  const sent = request({
    socketPath: socket,
    method,
    path: `/api/v1${route}`,
    headers: { authorization: `Bearer ${token}` },
  });
  sent.end();
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, body: JSON.parse(text) as { files?: unknown[] } };
}

test("diff and undo are commands, lines of the line mode and routes; a refusal shows what somebody else changed, and exits with 1", async () => {
  await using mia = await house();
  const file = path(mia.work, "a.txt");
  writeFileSync(file, "old\n");
  await using daemon = await startDaemon({ home: mia.home, script });
  const hands = await handsIn(daemon, mia.work);
  await hands.say("change");
  const { sessionId } = hands;

  const shown = await mia.daimon(["diff"]);
  expect(shown.stdout).toContain("edited a.txt (+1 -1)\n");
  expect(shown.stdout).toContain("-old\n+new ");
  expect(shown.stdout).toContain("created b.txt (+1 -0)\n--- /dev/null\n+++ b/b.txt\n@@ -0,0 +1,1 @@\n+b\n");
  expect(JSON.parse((await mia.daimon(["diff", sessionId, "--json"])).stdout)).toMatchObject({ files: [{}, {}] });
  const { status, body } = await asked(daemon, "GET", `/sessions/${sessionId}/diff`);
  expect([status, body.files?.length]).toEqual([200, 2]);

  writeFileSync(file, "somebody\u001b[31m else\n");
  const refused = await mia.daimon(["undo"]);
  expect(refused.code).toBe(1);
  expect(refused.stdout).toBe("");
  expect(refused.stderr).toContain("a.txt: it was changed since");
  expect(refused.stderr).toContain("+somebody else");
  expect(refused.stderr).toMatch(/daimon: nothing was taken back, for somebody changed what turn \d+ left/);
  expect(refused.stderr).not.toContain("\u001b");
  const inLines = await mia.daimon(["attach", sessionId], { stdin: "/undo\n/undo x\n" });
  expect(inLines).toMatchObject({ code: 1, stdout: expect.stringContaining("a.txt: it was changed since") });
  expect(inLines.stdout + inLines.stderr).not.toContain("\u001b");
  expect((await asked(daemon, "POST", `/sessions/${sessionId}/undo`)).status).toBe(409);

  writeFileSync(file, "new \u001b[31mred\u001b]0;title\u0007 line\n");
  const lines = await mia.daimon(["attach", sessionId], { stdin: "/diff\n/undo\n/diff\n" });
  expect(lines.code).toBe(0);
  expect(lines.stdout).toContain("+new red line\n");
  expect(lines.stdout).toMatch(/turn \d+ is taken back:\n  removed b.txt\n  put back a.txt\nno file is changed\n$/);
  expect(readFileSync(file, "utf8")).toBe("old\n");
  expect((await mia.daimon(["undo"])).stderr).toContain("no turn of this session changed files");
  expect((await mia.daimon(["undo", "--turn", "x"])).code).toBe(2);
  hands.client.close();
  await daemon.stop();
});
