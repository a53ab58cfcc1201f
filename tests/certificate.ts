import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/**
 * Certificates that sign themselves, made as DER by hand: there is no tool for it on every machine that runs the tests, and one
 * in a file would run out.
 */

const node = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: Uint8Array[]) => node(0x30, ...parts);
const set = (...parts: Uint8Array[]) => node(0x31, ...parts);
const octets = (...parts: Uint8Array[]) => node(0x04, ...parts);
const oid = (...bytes: number[]) => node(0x06, Buffer.from(bytes));
const integer = (...bytes: number[]) => node(0x02, Buffer.from(bytes));
const bits = (bytes: Uint8Array) => node(0x03, Buffer.from([0]), bytes);
const yes = node(0x01, Buffer.from([255]));
const time = (at: Date) => node(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`));

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const subjectAltName = oid(0x55, 0x1d, 0x11);
const basicConstraints = oid(0x55, 0x1d, 0x13);
const commonName = oid(0x55, 0x04, 0x03);

const day = 24 * 3600 * 1000;

/** For these names and addresses, good from yesterday until tomorrow, or until `until`. */
export function certificateFor(
  names: readonly string[],
  until = new Date(Date.now() + day),
): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(set(sequence(commonName, node(0x0c, Buffer.from("daimon test")))));
  const alternatives = names.map((text) =>
    isIP(text) === 0 ? node(0x82, Buffer.from(text)) : node(0x87, addressOf(text)),
  );
  const extensions = sequence(
    sequence(subjectAltName, octets(sequence(...alternatives))),
    // It signs itself: who is to trust it must be able to take it for an authority.
    sequence(basicConstraints, yes, octets(sequence(yes))),
  );
  const body = sequence(
    node(0xa0, integer(2)),
    integer(1, ...randomBytes(8)),
    ecdsaWithSha256,
    name,
    sequence(time(new Date(until.getTime() - 30 * day)), time(until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    node(0xa3, extensions),
  );
  const der = sequence(body, ecdsaWithSha256, bits(sign("sha256", body, privateKey)));
  const lines = der.toString("base64").replaceAll(/.{64}/g, "$&\n").trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function addressOf(text: string): Buffer {
  if (isIP(text) === 4) return Buffer.from(text.split(".").map(Number));
  if (text === "::1") return Buffer.from([...Array.from({ length: 15 }, () => 0), 1]);
  throw new Error(`no test needs ${text} in a certificate`);
}
