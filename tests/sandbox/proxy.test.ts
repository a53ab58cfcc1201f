import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { isOurs, parsed, permits } from "../../packages/server/src/sandboxes/proxy/hosts.ts";
import { openProxy } from "../../packages/server/src/sandboxes/proxy/index.ts";
import { hasSandbox } from "../conformance/sandboxes.ts";
import { confined, onHost, place } from "./world.ts";

/** A server of this machine, which stands for one far away, and for one that is nobody's business. */
let server: Server;
let port: number;
const asked: string[] = [];
beforeAll(async () => {
  server = createServer((request, answer) => {
    asked.push(`${request.method} ${request.headers.host}${request.url}`);
    answer.end("served\n");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => void server.close());

const names: Record<string, string[]> = {
  "good.test": ["127.0.0.1"],
  "deep.wild.test": ["127.0.0.1"],
  "inside.test": ["10.1.2.3"],
  "mapped.test": ["::ffff:127.0.0.1"],
};

async function proxy(hosts: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), "proxy-"));
  const refused: string[] = [];
  const open = await openProxy({
    socket: join(folder, "p"),
    hosts,
    refused: (where, why) => refused.push(`${where}: ${why}`),
    resolve: async (name) => names[name] ?? Promise.reject(new Error("no such name")),
  });
  onTestFinished(async () => {
    await open.close();
    await rm(folder, { recursive: true });
  });
  const ask = async (request: string) => {
    const stream = connect(open.socket);
    stream.write(request);
    // What makes no sense may be hung up on.
    return text(stream).catch(() => "");
  };
  return { ask, refused };
}
const getting = (url: string, host = "x") => `GET ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
const tunnel = (to: string, inner = "") => `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n${inner}`;

describe("the way out of a sandbox", () => {
  test("leads to a host that is named, for its pages and for what is between two ends alone", async () => {
    const { ask, refused } = await proxy([`good.test:${port}`, `*.wild.test:${port}`, `127.0.0.1:${port}`]);
    asked.length = 0;
    expect(await ask(getting(`http://good.test:${port}/page?q`, "somebody.else"))).toContain("served");
    expect(await ask(getting(`http://GOOD.test.:${port}/`))).toContain("served");
    expect(await ask(getting(`http://deep.wild.test:${port}/`))).toContain("served");
    const inner = "GET /inner HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\n\r\n";
    expect(await ask(tunnel(`good.test:${port}`, inner))).toContain("served");
    // The host that is asked for is the one that was allowed, whatever the command says beside.
    expect(asked[0]).toBe(`GET good.test:${port}/page?q`);
    expect(refused).toEqual([]);
  });

  test("leads nowhere else, by whatever name, and says so", async () => {
    const { ask, refused } = await proxy([`good.test:${port}`, "inside.test", "mapped.test", `*.wild.test:${port}`]);
    asked.length = 0;
    const places = [
      `other.test:${port}`,
      `evilgood.test:${port}`,
      `good.test.evil.test:${port}`,
      `wild.test:${port}`,
      `good.test:${port + 1}`,
      "good.test",
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `2130706433:${port}`,
      `0x7f.1:${port}`,
      `0177.0.0.1:${port}`,
      `[::1]:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
      // They are named, but lead to where only an address may lead.
      `good.test:${port}`,
      "inside.test",
      "mapped.test",
    ];
    for (const to of places) {
      expect(await ask(getting(`http://${to}/`))).toMatch(/^HTTP\/1.1 403 .*daimon: .* was refused: /s);
      expect(await ask(tunnel(to.includes(":") ? to : `${to}:443`))).toMatch(
        /^HTTP\/1.1 403 .*daimon: .* was refused: /s,
      );
    }
    expect(asked).toEqual([]);
    expect(refused).toHaveLength(2 * places.length);
  });

  test("takes nothing that makes no sense, and lives on", async () => {
    const { ask } = await proxy([`good.test:${port}`, `127.0.0.1:${port}`]);
    const nonsense = [
      getting("/no/host"),
      getting("ftp://good.test/"),
      getting(`http://user:word@good.test:${port}/`),
      getting(`https://good.test:${port}/`),
      tunnel("good.test"),
      tunnel(`user@good.test:${port}`),
      tunnel("/"),
      tunnel("good.test:99999"),
      "\x16\x03\x01\x02\x00\x01\x00",
      "GET http://good.test/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
      `${"x".repeat(100_000)}\r\n`,
    ];
    for (const request of nonsense) {
      const said = await ask(`${request}\r\n\r\n`);
      expect(said).not.toContain("served");
      expect(said).not.toMatch(/^HTTP\S+ 200/);
    }
    expect(await ask(getting(`http://good.test:${port}/`))).toContain("served");
  });
});

test.each([
  ["pypi.org", "pypi.org", 443, true],
  ["pypi.org", "pypi.org", 80, true],
  ["pypi.org", "pypi.org", 22, false],
  ["pypi.org:22", "pypi.org", 22, true],
  ["pypi.org:22", "pypi.org", 443, false],
  ["*.org", "pypi.org", 443, true],
  ["*.org", "org", 443, false],
  ["*.org", "1.2.3.4", 443, false],
  ["*", "pypi.org", 443, true],
  ["*", "1.2.3.4", 443, false],
  ["1.2.3.4", "1.2.3.4", 443, true],
  ["[::1]:8080", "::1", 8080, true],
  ["::1", "::1", 443, true],
])("%s lets %s:%i be reached: %s", (entry, host, at, yes) => {
  expect(permits([entry], { host, port: at })).toBe(yes);
});

test.each(["", "a b", "http://x", "x/y", "*x", "x.*", "x:0", "x:70000", "[x]", "a@b", "-", "x..y"])(
  "%j names no host",
  (entry) => {
    expect(parsed(entry)).toBeUndefined();
  },
);

test.each([
  "127.0.0.1",
  "10.0.0.1",
  "192.168.1.1",
  "172.31.0.1",
  "169.254.169.254",
  "0.0.0.0",
  "100.64.0.1",
  "224.0.0.1",
  "::1",
  "::",
  "fe80::1",
  "fd00::1",
  "::ffff:10.0.0.1",
  "not an address",
])("%s is an address of ours", (address) => expect(isOurs(address)).toBe(true));
test.each(["1.1.1.1", "151.101.0.223", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1"])("%s is not", (address) =>
  expect(isOurs(address)).toBe(false),
);

describe.runIf(await hasSandbox())("a command with hosts", () => {
  /** What a program does that knows of proxies: bash alone can do it. */
  const fetching = (url: string) =>
    `proxy=\${http_proxy#http://}; exec 5<>/dev/tcp/\${proxy%:*}/\${proxy#*:} && printf 'GET ${url} HTTP/1.0\\r\\n\\r\\n' >&5 && cat <&5`;
  const directly = () => `exec 5<>/dev/tcp/127.0.0.1/${port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&5 && cat <&5`;

  test("reaches those and no other, is told what it did not reach, and has no other way out", async () => {
    expect((await (await place(onHost)).run(directly())).stdout).toContain("served");
    const { run, said } = await place(confined());
    const network = [`127.0.0.1:${port}`];
    const found = await run(fetching(`http://127.0.0.1:${port}/`), { network });
    expect(found.stdout).toContain("served");
    expect(found.notes).toBeUndefined();
    const lost = await run(fetching("http://example.test/"), { network });
    expect(lost.stdout).toContain("403");
    expect(lost.notes).toEqual([expect.stringContaining("kept from reaching http://example.test/")]);
    expect(said.join("\n")).toContain("kept from reaching");
    expect((await run(directly(), { network })).stdout).not.toContain("served");
    // Without hosts there is no proxy, nor a loopback that leads anywhere.
    const none = await run(`env | grep -i proxy; ${directly()}`);
    expect(none.stdout).toBe("");
  });

  test("is interrupted, ends, and leaves nothing like any other", async () => {
    const { start, run } = await place(confined());
    const network = ["example.test"];
    expect(await run("exit 3", { network })).toMatchObject({ code: 3, stderr: "" });
    const child = await start("trap 'echo caught; exit 4' INT; echo up; sleep 1000 & wait", { network });
    child.stdout.once("data", () => child.kill("SIGINT"));
    expect(await text(child.stdout)).toContain("caught");
    expect((await child.exited).code).toBe(4);
  });
});
