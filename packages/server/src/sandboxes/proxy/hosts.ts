import { BlockList, isIP } from "node:net";

/** Which places a list of hosts lets somebody reach. */

/** `name`, `*.name`, `*` or an address; each with `:port` where it is neither 80 nor 443 (`[::1]:8080`). */
export type Place = { host: string; port: number };
const usualPorts = [80, 443];

export const permits = (hosts: readonly string[], { host, port }: Place): boolean =>
  hosts.some((entry) => {
    const named = parsed(entry);
    const ports = named?.port === undefined ? usualPorts : [named.port];
    return named !== undefined && matches(named.host, host) && ports.includes(port);
  });

function matches(named: string, host: string): boolean {
  if (named === host) return true;
  // All names, and no address: which one hides behind a number nobody can see.
  if (isIP(host) !== 0) return false;
  return named === "*" || (named.startsWith("*.") && host.endsWith(named.slice(1)));
}

const word = "[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?";
const name = new RegExp(`^(?:\\*|(?:\\*\\.)?${word}(?:\\.${word})*)$`);

/** Undefined for what names no host. */
export function parsed(entry: string): { host: string; port?: number } | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const host = normal(isIP(entry) === 6 ? entry : (bracketed ?? plain ?? ""));
  const isHost = bracketed === undefined ? isIP(host) !== 0 || name.test(host) : isIP(host) === 6;
  if (!isHost || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))) return undefined;
  return { host, ...(port === undefined ? {} : { port: Number(port) }) };
}

/** As names are compared: small letters, no dot at the end. */
export const normal = (host: string): string => host.toLowerCase().replace(/\.$/, "");

/**
 * Addresses that lead back to this machine or to what lies around it. A name that leads there reaches nothing, or whoever owns
 * a name could have us knock at doors that are ours alone: such a place is reached only where its address itself is named.
 */
const ours = new BlockList();
for (const [address, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  ours.addSubnet(address, bits, "ipv4");
for (const [address, bits] of [
  ["::", 127],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
  ["2002::", 16],
] as const)
  ours.addSubnet(address, bits, "ipv6");

export function isOurs(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return ours.check(address, "ipv4");
  // BlockList reads an IPv4 address that is written as IPv6 as what it is.
  return family !== 6 || ours.check(address, "ipv6");
}
