import { realpathSync } from "node:fs";

/**
 * Inside of a sandbox with a network there is none but its own loopback: this stands there, at a port, and hands every connection
 * through to the proxy's socket. Programs know it by the usual variables. It is a text because it is run by a Node that sees none
 * of our files; it hears no signal that is meant for the command, and is gone with the sandbox.
 */
const bridge = `
const { connect, createServer } = require("node:net");
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGURG"]) process.on(signal, () => {});
createServer((one) => {
  const other = connect("/run/proxy");
  const gone = () => (one.destroy(), other.destroy());
  for (const stream of [one, other]) stream.on("error", gone).on("close", gone);
  one.pipe(other).pipe(one);
}).listen(3128, "127.0.0.1", () => require("node:fs").writeFileSync(process.argv[1], "ready\\n"));
`;
const address = "http://127.0.0.1:3128";
export const socketInside = "/run/proxy";

/** The bridge is nobody's child that the command knows of, and the command takes the place of the shell. */
const script = `mkfifo /tmp/.bridge && ("$1" -e "$2" /tmp/.bridge >/dev/null 2>&1 3>&- </dev/null &) &&
read -r _ </tmp/.bridge && rm /tmp/.bridge && shift 2 && exec "$@"`;

/** The Node that runs us, which is on every machine that runs us. */
export const node = (): string => realpathSync(process.execPath);
export const bridged = (argv: readonly string[]): string[] => [
  "/bin/sh",
  "-c",
  script,
  "bridge",
  node(),
  bridge,
  ...argv,
];

export const proxyVariables: Record<string, string> = Object.fromEntries([
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"].map((name) => [
    name,
    address,
  ]),
  // What Node itself fetches goes there only when it is told.
  ["NODE_USE_ENV_PROXY", "1"],
]);
