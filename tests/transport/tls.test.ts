import { chmodSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { certificateFor } from "../certificate.ts";
import { serve } from "./serve.ts";

async function withCertificate(names: string[]) {
  const served = await serve();
  const { cert, key } = certificateFor(names);
  const files = { cert: join(served.folder, "cert.pem"), key: join(served.folder, "key.pem") };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key, { mode: 0o600 });
  return { ...served, files, ca: cert };
}

test.each([
  ["0.0.0.0:0", "can be reached from other machines"],
  ["[::]:0", "can be reached from other machines"],
  ["127.0.0.2:0", "can be reached from other machines"],
  ["192.168.1.1:8080", "can be reached from other machines"],
  ["[::ffff:127.0.0.1]:0", "can be reached from other machines"],
  ["8080", "is no address to listen on"],
  [":8080", "is no address to listen on"],
  ["127.0.0.1", "is no address to listen on"],
  ["127.0.0.1:99999", "is no address to listen on"],
  ["::1:8080", "is no address to listen on"],
  ["[127.0.0.1]:8080", "is no address to listen on"],
  ["box.example:8080", "is no address to listen on"],
  ["127.evil.example:8080", "is no address to listen on"],
  ["http://127.0.0.1:8080", "is no address to listen on"],
])("%s without a certificate: %s", async (listen, says) => {
  const { tcp } = await serve();
  await expect(tcp({ listen })).rejects.toThrow(says);
});

test("with a certificate any address will do, and the names in it are those that a Host may have", async () => {
  const { tcp, files, ca, token } = await withCertificate(["127.0.0.1", "box.example", "*.lab.example"]);
  const address = await tcp({ listen: "0.0.0.0:0", ...files });
  expect(address).toMatch(/^https:\/\/0\.0\.0\.0:\d+$/);
  const port = Number(new URL(address).port);
  const ask = async (host: string) => {
    const asked = request({
      host: "127.0.0.1",
      port,
      ca,
      path: "/api/v1/status",
      headers: { host, authorization: `Bearer ${token}` },
      agent: false,
      // Browsers and curl would not even get here with a name that the certificate does not have.
      servername: "box.example",
    }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return { status: response.statusCode, text: await textOf(response) };
  };
  expect(JSON.parse((await ask(`127.0.0.1:${port}`)).text).http).toBe(address);
  expect((await ask(`box.example:${port}`)).status).toBe(200);
  expect((await ask(`a.lab.example:${port}`)).status).toBe(200);
  for (const host of ["localhost", "0.0.0.0", "evil.example", "lab.example", "box.example.evil.example"])
    expect([host, (await ask(`${host}:${port}`)).status]).toEqual([host, 421]);
  expect((await ask("box.example")).status).toBe(421);
});

test("a certificate that cannot be used is refused in words", async () => {
  const { tcp, files, folder } = await withCertificate(["127.0.0.1"]);
  const listen = "127.0.0.1:0";
  await expect(tcp({ listen, cert: files.cert })).rejects.toThrow("go together: give --tls-cert and --tls-key");
  await expect(tcp({ listen, ...files, cert: join(folder, "none") })).rejects.toThrow("none cannot be read");
  await expect(tcp({ listen, cert: files.key, key: files.key })).rejects.toThrow("is no certificate (PEM)");
  writeFileSync(join(folder, "no-key"), certificateFor([]).cert, { mode: 0o600 });
  await expect(tcp({ listen, cert: files.cert, key: join(folder, "no-key") })).rejects.toThrow("cannot be used");
  const other = certificateFor(["127.0.0.1"]);
  writeFileSync(join(folder, "other"), other.key, { mode: 0o600 });
  await expect(tcp({ listen, ...files, key: join(folder, "other") })).rejects.toThrow("cannot be used");
  chmodSync(files.key, 0o604);
  await expect(tcp({ listen, ...files })).rejects.toThrow(`run: chmod o= '${files.key}'`);
  chmodSync(files.key, 0o640);
  expect(await tcp({ listen, ...files })).toMatch(/^https:/);
});

test("an address that somebody has is refused in words", async () => {
  const { tcp } = await serve();
  const taken = new URL(await tcp()).host;
  await expect(tcp({ listen: taken })).rejects.toThrow(`cannot listen on ${taken}: somebody listens there already`);
});
