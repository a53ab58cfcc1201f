import { DaimonError } from "@daimon/protocol";
import { chmodSync } from "node:fs";
import { createApp, checkSubprotocol } from "./app.ts";
import { Connection } from "./connection.ts";
import { createDesk, type DeskPorts } from "./desk.ts";
import { createDispatch } from "./dispatch.ts";
import { createGate } from "./gate.ts";
import { addRoutes } from "./routes.ts";
import type { HttpSettings, Tcp, TcpPorts } from "./tcp.ts";
import type { Hub, Log, Tokens } from "../core/ports.ts";

export type TransportPorts = Omit<DeskPorts, "hub" | "http"> & {
  hub: Hub;
  log: Log;
  tokens: Tokens;
};

export type Transport = {
  listen(path: string): Promise<void>;
  /** The same on a TCP address; answers with its URL. */
  listenTcp(settings: HttpSettings, limits?: Pick<TcpPorts, "patience" | "most">): Promise<string>;
  /** Refuses all that is new; those who are connected still see what ends. */
  drain(): void;
  close(): Promise<void>;
};

const atMost = 64;

/** Everything that speaks to clients. It translates: what is asked goes to the hub, what comes back to whoever asked. */
export function createTransport({ tokens, hub, ...ports }: TransportPorts): Transport {
  const { log, clock, blobs } = ports;
  const gate = createGate(tokens);
  const dispatch = createDispatch({
    hub,
    log,
    desk: createDesk({ hub, tokens, http: () => tcp?.address ?? null, ...ports }),
  });
  let tcp: Tcp | undefined;
  const { app, principalOf, entrances } = createApp({ gate, log });
  const connections = new Set<Connection>();

  app.register((scope, _options, done) => {
    scope.route({
      method: "GET",
      url: "/api/v1/ws",
      preValidation: async (request) => {
        if (!request.ws) throw new DaimonError("invalid", "this address speaks WebSocket only");
        checkSubprotocol(request);
        if (dispatch.draining) throw new DaimonError("draining", "the daemon is stopping; try again once it is back");
        if (connections.size >= atMost)
          throw new DaimonError("overloaded", `${atMost} clients are connected, more are not taken; close one`);
      },
      handler: () => undefined,
      wsHandler: (socket, request) => {
        const connection = new Connection(socket, request.raw.socket, principalOf(request), {
          hub,
          dispatch,
          clock,
          log,
          ration: (name) => entrances.get(request.raw)?.ration(name),
        });
        connections.add(connection);
        socket.on("close", () => connections.delete(connection));
      },
    });
    addRoutes(scope, { hub, dispatch, blobs, clock, log, principalOf });
    done();
  });

  return {
    async listen(path) {
      await app.listen({ path });
      chmodSync(path, 0o600);
    },
    async listenTcp(settings, limits) {
      const { openTcp } = await import("./tcp.ts");
      await app.ready();
      tcp = await openTcp(settings, { app, entrances, clock, ...limits });
      return tcp.address;
    },
    drain: () => dispatch.drain(),
    async close() {
      const left = [...connections].map((connection) => connection.leave("the daemon is leaving"));
      await Promise.all(left);
      await tcp?.close();
      await app.close();
    },
  };
}
