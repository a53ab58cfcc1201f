import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { certificateFor } from "../certificate.ts";
import { type House, house } from "./daimon.ts";

/** Reaching a daemon by its address, from a home that has none of its own. */

async function serveAt(box: House, ...options: string[]): Promise<string> {
  const { stdout, stderr } = await box.daimon(["serve", "--http", "127.0.0.1:0", ...options]);
  const [, address] = /answers at http(s?:\/\/\S+)\n/.exec(stdout) ?? [];
  if (address === undefined) throw new Error(`it did not start: ${stderr}`);
  return `ws${address}`;
}
const tokenOf = async (box: House, ...options: string[]) =>
  (await box.daimon(["token", "create", "--role", "operate", ...options])).stdout.trim();

test("with DAIMON_HOST and a token a client is at another daemon, and starts none here", async () => {
  await using box = await house();
  await using mia = await house();
  const host = await serveAt(box);
  const env = { DAIMON_HOST: host, DAIMON_TOKEN: await tokenOf(box, "--name", "mia") };
  const ran = await mia.daimon(["run", "hello from afar"], { env });
  expect([ran.code, ran.stderr.includes("daimon:")]).toEqual([0, false]);
  const { sessions } = JSON.parse((await box.daimon(["sessions", "--json"])).stdout);
  expect(sessions).toMatchObject([{ cwd: mia.work }]);
  // A text too long for a frame goes there too.
  const long = await mia.daimon(["run", "-s", sessions[0].id, "-"], { env, stdin: "x".repeat(700_000) });
  expect([long.code, long.stderr]).toEqual([0, expect.not.stringContaining("daimon:")]);
  expect(() => mia.pid()).toThrow("ENOENT");
  for (const command of ["serve", "logs"]) {
    const { code, stderr } = await mia.daimon([command], { env });
    expect([code, stderr]).toEqual([2, expect.stringContaining("is for the daemon of this machine")]);
  }
  const stop = await mia.daimon(["stop"], { env });
  expect([stop.code, stop.stderr]).toEqual([4, expect.stringContaining("needs the role admin")]);
});

test("over TLS a client works as here, and certificates are told of in words", async () => {
  await using box = await house();
  await using mia = await house();
  const { cert, key } = certificateFor(["127.0.0.1"]);
  const files = { cert: join(box.work, "cert.pem"), key: join(box.work, "key.pem") };
  await writeFile(files.cert, cert);
  await writeFile(files.key, key, { mode: 0o600 });
  const host = await serveAt(box, "--tls-cert", "cert.pem", "--tls-key", "key.pem");
  expect(host).toMatch(/^wss:/);
  const env = { DAIMON_HOST: host, DAIMON_TOKEN: await tokenOf(box) };
  const doubtful = await mia.daimon(["sessions"], { env });
  expect([doubtful.code, doubtful.stdout]).toEqual([3, ""]);
  expect(doubtful.stderr).toContain(`${host} signed its certificate itself; if it is yours, set NODE_EXTRA_CA_CERTS`);
  const trusting = { ...env, NODE_EXTRA_CA_CERTS: files.cert };
  const lines = await mia.daimon([], { env: trusting, stdin: "/ai\nhello\n" });
  expect([lines.code, lines.stdout]).toEqual([0, expect.stringContaining("offline guide")]);
  const { sessions } = JSON.parse((await box.daimon(["sessions", "--json"])).stdout);
  expect(sessions).toMatchObject([{ cwd: mia.work }]);
});

test("login --host keeps the token for that address alone, once that let it in", async () => {
  await using box = await house();
  await using mia = await house();
  const host = await serveAt(box);
  const token = await tokenOf(box, "--name", "mia");
  const file = join(mia.home, "config/hosts.json");
  for (const [stdin, code, says] of [
    ["nonsense", 2, "this is no token"],
    [`dmn_${"A".repeat(43)}`, 4, "needs the daemon's token"],
  ] as const) {
    const refused = await mia.daimon(["login", "--host", host], { stdin });
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(says)]);
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  }
  const none = await mia.daimon(["sessions"], { env: { DAIMON_HOST: host } });
  expect([none.code, none.stderr]).toEqual([4, expect.stringContaining(`"daimon login --host ${host}" keeps one`)]);
  const kept = await mia.daimon(["login", "--host", host], { stdin: `${token}\n` });
  expect([kept.code, kept.stdout]).toEqual([0, expect.stringContaining("lets you in as mia, with the role operate")]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ [host]: token });
  expect((await mia.daimon(["sessions"], { env: { DAIMON_HOST: `${host}/` } })).stdout).toBe("no sessions\n");
  const other = host.replace("127.0.0.1", "localhost");
  expect((await mia.daimon(["sessions"], { env: { DAIMON_HOST: other } })).code).toBe(4);
});

test.each([
  ["ssh://box", "ssh:// does not work yet; run ssh -L"],
  ["http://127.0.0.1:8080", "write it as wss://"],
  ["ws://box.example:8080", "without TLS the token could be read on the way; use wss://box.example"],
  ["ws://127.0.0.1.evil.example:8080", "without TLS the token could be read on the way"],
  ["wss://me:secret@box", "write it as wss://"],
])("DAIMON_HOST=%s is refused with what to write", async (host, says) => {
  await using mia = await house();
  const { code, stderr } = await mia.daimon(["sessions"], { env: { DAIMON_HOST: host, DAIMON_TOKEN: "x" } });
  expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
});

test("an address where nobody is, is told as such at once", async () => {
  await using mia = await house();
  const env = { DAIMON_HOST: "ws://127.0.0.1:1", DAIMON_TOKEN: "x" };
  const { code, stderr } = await mia.daimon(["sessions"], { env });
  expect([code, stderr]).toEqual([3, expect.stringContaining("no daemon listens at ws://127.0.0.1:1")]);
});
