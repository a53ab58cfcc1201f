import { DaimonError, type Method, type ParamsOf, protocolVersion, type ResultOf, version } from "@daimon/protocol";
import type { Home } from "@daimon/protocol/client/home";
import type { Blobs, Clock, Hub, Log, Provider, Tool } from "../core/ports.ts";

/** Answers what is about the daemon itself and no session. */

export type DeskPorts = {
  hub: Pick<Hub, "counts">;
  blobs: Blobs;
  tools: readonly Tool[];
  providers: readonly Provider[];
  home: Home;
  clock: Clock;
  log: Log;
  stop: () => void;
};

type DeskMethod = "daemon/status" | "daemon/stop" | "tool/list" | "model/list" | "blob/put" | "blob/get";
export type Desk = { [M in DeskMethod]: (params: ParamsOf<M>) => Promise<ResultOf<M>> };

export const isAtDesk = (desk: Desk, method: Method): method is DeskMethod => Object.hasOwn(desk, method);

export function createDesk({ hub, blobs, tools, providers, home, clock, log, stop }: DeskPorts): Desk {
  const started = clock.now();

  return {
    async "daemon/status"() {
      return {
        pid: process.pid,
        version,
        protocol: protocolVersion,
        uptime: Math.max(0, (clock.now() - started) / 1000),
        ...hub.counts(),
        http: null,
        home: home.base ?? home.state,
      };
    },

    async "daemon/stop"() {
      stop(); // what is answered until then still leaves
      return {};
    },

    async "tool/list"() {
      return { tools: tools.map(({ name, about, touches, input }) => ({ name, about, touches, input })) };
    },

    async "model/list"() {
      const lists = await Promise.all(providers.map((provider) => modelsOf(provider, log)));
      return { models: lists.flat() };
    },

    async "blob/put"({ base64, type, name }) {
      return blobs.put(bytesOf(base64), type, name);
    },

    async "blob/get"({ sha256 }) {
      return { base64: Buffer.from(await findBlob(blobs, sha256)).toString("base64") };
    },
  };
}

export async function findBlob(blobs: Blobs, sha256: string): Promise<Uint8Array> {
  const bytes = await blobs.get(sha256);
  if (!bytes) throw new DaimonError("not_found", `there is no blob ${sha256}; put its bytes first`);
  return bytes;
}

/** A provider that cannot be reached hides its own models only. */
async function modelsOf(provider: Provider, log: Log): Promise<ResultOf<"model/list">["models"]> {
  try {
    return (await provider.models()).map((model) => ({ ...model, id: `${provider.name}/${model.id}` }));
  } catch (error) {
    log("warn", "a provider cannot list its models", { provider: provider.name, error });
    return [];
  }
}

/** Buffer.from leaves out what is no base64; bytes that were never sent must not be stored as if they had been. */
function bytesOf(base64: string): Uint8Array {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64))
    throw new DaimonError("invalid", "params.base64 is not base64");
  return Buffer.from(base64, "base64");
}
