import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { expect, test } from "vitest";
import { house } from "./daimon.ts";

/** Switching the daemon's HTTP address on. */

async function health(address: string): Promise<string> {
  const [response] = (await once(get(`${address}/health`, { agent: false }), "response")) as [IncomingMessage];
  return textOf(response);
}

test("serve --http opens an address on this machine, status shows it, and without it there is none", async () => {
  await using mia = await house();
  const served = await mia.daimon(["serve", "--http", "127.0.0.1:0"]);
  const [, address = ""] = /answers at (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(served.stdout) ?? [];
  expect(JSON.parse(await health(address))).toMatchObject({ ok: true });
  expect((await mia.daimon(["status"])).stdout).toContain(`http      ${address}\n`);
  expect(JSON.parse((await mia.daimon(["status", "--json"])).stdout).http).toBe(address);
  // The same again is what there is; another is not.
  expect((await mia.daimon(["serve", "--http", new URL(address).host])).code).toBe(0);
  const other = await mia.daimon(["serve", "--http", "127.0.0.1:1"]);
  expect([other.code, other.stderr]).toEqual([
    1,
    expect.stringContaining(`answers at ${address}; "daimon stop" ends it`),
  ]);
  await mia.daimon(["stop"]);
  await expect(health(address)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  // No variable opens a port.
  const env = { DAIMON_HTTP: "127.0.0.1:0", DAIMON_LISTEN: "127.0.0.1:0", PORT: "0" };
  await mia.daimon(["serve"], { env });
  expect(JSON.parse((await mia.daimon(["status", "--json"])).stdout).http).toBeNull();
});

test("config.toml opens it at each start; what cannot be opened stops the start, with why", async () => {
  await using mia = await house();
  await mkdir(join(mia.home, "config"), { recursive: true, mode: 0o700 });
  const configure = (text: string) => writeFile(join(mia.home, "config/config.toml"), text);
  await configure('[http]\nlisten = "[::1]:0"\n');
  expect((await mia.daimon(["serve"])).stdout).toMatch(/answers at http:\/\/\[::1\]:\d+\n$/);
  await mia.daimon(["stop"]);
  await configure('[http]\nlisten = "0.0.0.0:0"\n');
  const { code, stderr } = await mia.daimon(["serve"]);
  expect([code, stderr]).toEqual([3, expect.stringContaining("0.0.0.0:0 can be reached from other machines")]);
});

test("serve refuses an address that others reach, and a certificate without an address", async () => {
  await using mia = await house();
  const open = await mia.daimon(["serve", "--http", "0.0.0.0:0"]);
  expect([open.code, open.stderr]).toEqual([3, expect.stringContaining("give --tls-cert and --tls-key")]);
  const half = await mia.daimon(["serve", "--tls-cert", "x"]);
  expect([half.code, half.stderr]).toEqual([2, expect.stringContaining("go with --http")]);
});
