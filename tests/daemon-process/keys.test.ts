import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { fileIn, homeOf } from "../../packages/protocol/src/client/folders.ts";
import { readSettings } from "../../packages/server/src/config/index.ts";
import { ask } from "./ask.ts";
import { runToEnd, startDaemon } from "./start.ts";

let base: string;
let home: ReturnType<typeof homeOf>;
let file: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "daimon-keys-"));
  onTestFinished(() => rmSync(base, { recursive: true }));
  home = homeOf({ DAIMON_HOME: join(base, "h") });
  file = fileIn.keys(home);
  mkdirSync(home.config, { recursive: true, mode: 0o700 });
});
const write = (text: string) => writeFileSync(file, text, { mode: 0o600 });

test("keys stand in .env beside config.toml, below what the environment says", () => {
  write("# mine\n\nA_KEY=one\nexport B_KEY = two \nC_KEY=\"th ree\"\nD_KEY=x=y#z\nE_KEY='four'\r\n");
  const { env } = readSettings(home, { A_KEY: "theirs", B_KEY: "" });
  expect(env).toEqual({ A_KEY: "theirs", B_KEY: "two", C_KEY: "th ree", D_KEY: "x=y#z", E_KEY: "four" });
});

test("a file of keys that others can read is refused, with what to do", () => {
  write("A_KEY=one\n");
  chmodSync(file, 0o640);
  expect(() => readSettings(home, {})).toThrow(`others can read the keys in ${file}; run: chmod 600 '${file}'`);
});

test("a line that is none is named by its number, and not repeated", () => {
  write("A_KEY=one\nsk-my-key\n");
  expect(() => readSettings(home, {})).toThrow(/:2: this is no line like NAME=value$/);
});

test("what is hidden in the log: what the file holds, what is called a key and what looks like one", () => {
  write("ANYTHING=canary-of-the-file\n");
  writeFileSync(fileIn.config(home), '[providers.work]\nspeaks = "openai"\nkey = "$WORK"\n', { mode: 0o600 });
  const env = { WORK: "canary-of-work", MY_TOKEN: "canary-of-token", HOME: "/home/mia", SHORT_KEY: "abc" };
  expect(readSettings(home, env).secrets.toSorted()).toEqual([
    "canary-of-the-file",
    "canary-of-token",
    "canary-of-work",
  ]);
});

test("no key is found in anything that a daemon writes, answers, or starts", async () => {
  // A vendor that says the key back to whoever asks.
  const server = createServer((request, response) => {
    const message = `what is ${request.headers.authorization}?`;
    response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error: { message } }));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const canaries = { file: "canary-one-in-the-file", env: "canary-two-in-the-environment", header: "canary-three" };
  write(`OPENAI_API_KEY=${canaries.file}\nOPENAI_BASE_URL=${url}\nHEADER=${canaries.header}\n`);
  writeFileSync(
    fileIn.config(home),
    `log = "debug"\n[providers.work]\nurl = "${url}"\nkey = "$WORK"\n[providers.work.headers]\nx-key = "$HEADER"\n`,
    { mode: 0o600 },
  );
  const found: Record<string, string> = {};
  await using daemon = await startDaemon({ home: join(base, "h"), env: { WORK: canaries.env } });
  for (const model of ["openai/any", "work/any"]) {
    const { body } = await ask(daemon, "POST", "/api/v1/sessions", { cwd: base, model });
    const path = `/api/v1/sessions/${body.id}`;
    await ask(daemon, "POST", `${path}/python?wait=true`, { code: "import os; print(os.environ)" });
    found[`turn of ${model}`] = JSON.stringify(await ask(daemon, "POST", `${path}/inputs?wait=true`, { text: "x" }));
    expect(found[`turn of ${model}`]).toContain("what is Bearer [key]?");
    found[`events of ${model}`] = JSON.stringify(await ask(daemon, "GET", `${path}/events`));
  }
  for (const path of ["status", "models", "tools"])
    found[path] = JSON.stringify(await ask(daemon, "GET", `/api/v1/${path}`));
  const children = await readdir(join(home.run, "children"));
  expect(children).not.toEqual([]);
  for (const pid of children)
    found[`child ${pid}`] =
      `${await readFile(`/proc/${pid}/environ`, "utf8")}${await readFile(`/proc/${pid}/cmdline`, "utf8")}`;
  await daemon.stop();
  for (const folder of [home.state, home.run])
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) found[entry.name] = await readFile(join(entry.parentPath, entry.name), "latin1");
  expect(Object.keys(found)).toContain("daemon.log");
  const leaks = Object.entries(found).filter(([, text]) => Object.values(canaries).some((key) => text.includes(key)));
  expect(leaks.map(([where]) => where)).toEqual([]);
});

test("a daemon whose keys others can read does not start, and says why without a word of them", async () => {
  write("A_KEY=canary-of-the-file\n");
  chmodSync(file, 0o644);
  const { code, stdout, stderr } = await runToEnd({ home: join(base, "h") });
  expect([code, stdout, stderr]).toEqual([
    3,
    "",
    `daimon: others can read the keys in ${file}; run: chmod 600 '${file}'\n`,
  ]);
});
