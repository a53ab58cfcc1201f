import { connect } from "node:net";
import type { Connect } from "./types.ts";
import { type Line, openWire, type WireOptions } from "./wire.ts";

/** The daemon's Unix socket as a wire. */

export type LocalOptions = { socketPath: string } & WireOptions;

export const connectLocal =
  ({ socketPath, ...options }: LocalOptions): Connect =>
  (events) =>
    openWire(lineTo(socketPath), options, events);

const lineTo = (socketPath: string): Line => ({
  dial: () => connect({ path: socketPath }),
  ready: "connect",
  host: "localhost",
  silence: "the daemon accepts connections but does not answer",
  explain: (error) => sentence(error, socketPath),
});

function sentence(error: NodeJS.ErrnoException, socketPath: string): string {
  if (error.code === "ENOENT") return `no daemon has opened ${socketPath}`;
  if (error.code === "ECONNREFUSED") return `no daemon listens on ${socketPath} any more`;
  if (error.code === "EACCES") return `${socketPath} belongs to somebody else; check DAIMON_HOME`;
  return `the connection to the daemon failed: ${error.message}`;
}
