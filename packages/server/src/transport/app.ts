import websocket from "@fastify/websocket";
import { DaimonError, sizes } from "@daimon/protocol";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Log, Principal } from "../core/ports.ts";
import { type Gate, offeredBy, subprotocol } from "./gate.ts";
import { decodeUtf8, parseJson } from "./json.ts";
import type { Entrance } from "./entrance.ts";
import { asRefusal, DoorRefusal, httpError, rawRefusal, safeHeaders } from "./refusals.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Answers without a token. */
    open?: boolean;
  }
}

const webSocketOptions = {
  maxPayload: sizes.frame,
  perMessageDeflate: false,
  /** How long a client that was told to leave may keep its connection; newer than the types of `ws`. */
  closeTimeout: 1_000,
  handleProtocols: (offered: Set<string>) => (offered.has(subprotocol) ? subprotocol : false),
} as const;

export type AppPorts = { gate: Gate; log: Log };
export type App = {
  app: FastifyInstance;
  principalOf: (request: FastifyRequest) => Principal;
  /** The address by which a request came; undefined: by the socket. */
  entrances: WeakMap<IncomingMessage, Entrance>;
};

/** The HTTP server: who may come in, what a body may be, and how a refusal reads. No rule of a session is here. */
export function createApp({ gate, log }: AppPorts): App {
  const principals = new WeakMap<FastifyRequest, Principal>();
  const entrances: App["entrances"] = new WeakMap();
  const app = Fastify({
    logger: false,
    bodyLimit: sizes.frame,
    requestTimeout: 60_000,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 256 },
    // Parameters are checked against the command table, for all transports alike. Fastify's own compilers would be
    // loaded at every start and never be asked.
    schemaController: { compilersFactory: { buildValidator: unused, buildSerializer: unused } },
    frameworkErrors: (error, request, reply) => {
      // No hook runs for these, so nobody else closes the socket of an upgrade.
      if (request.raw.headers.upgrade) reply.raw.once("finish", () => request.raw.socket.destroy());
      refuse(reply, refusalOf(error, log));
    },
    clientErrorHandler: answerNonsense,
  });
  app.server.maxConnections = 256;

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, body: Buffer) =>
    body.length === 0 ? undefined : parseJson(decodeUtf8(body)),
  );
  app.setErrorHandler((error: FastifyError, _request, reply) => refuse(reply, refusalOf(error, log)));
  app.setNotFoundHandler((request) => {
    throw new DaimonError("not_found", `there is no ${request.method} ${request.url.split("?")[0]?.slice(0, 200)}`);
  });
  app.register(websocket, {
    options: webSocketOptions,
    // A connection that breaks is no error of ours; its "close" event does what is to be done.
    errorHandler: (error, socket) => {
      log("debug", "a connection broke", { error: error.message });
      if (socket.readyState !== socket.CLOSING) socket.terminate();
    },
    // The transport has closed them, with a code that says why.
    preClose: (done) => done(),
  });
  // After the plugin's own hook: it closes the socket of a refused upgrade only when that has seen the request.
  app.after(() => {
    app.addHook("onRequest", async (request, reply) => {
      reply.headers(safeHeaders);
      if (request.routeOptions.config?.open) return;
      const entrance = entrances.get(request.raw);
      let principal: Principal;
      try {
        principal = gate(request.url, request.headers);
      } catch (error) {
        await entrance?.failed(request.raw.socket.remoteAddress ?? "");
        throw error;
      }
      entrance?.ration(principal.name);
      principals.set(request, principal);
    });
  });

  return {
    app,
    entrances,
    principalOf(request) {
      const principal = principals.get(request);
      if (!principal) throw new DaimonError("unauthorized", "this needs the daemon's token");
      return principal;
    },
  };
}

function unused(): never {
  throw new Error("no route has a schema of Fastify's");
}

/** Offering other subprotocols and not ours means another version of us. */
export function checkSubprotocol(request: FastifyRequest): void {
  const offered = offeredBy(request.headers);
  if (offered.length > 0 && !offered.includes(subprotocol))
    throw new DaimonError("version", `this daemon speaks ${subprotocol}, not ${offered.join(", ").slice(0, 80)}`);
}

function refusalOf(error: unknown, log: Log): DaimonError {
  const { statusCode = 500, code = "", message } = error as Partial<FastifyError>;
  if (error instanceof DaimonError || statusCode >= 500) return asRefusal(error, log);
  if (statusCode === 413)
    return new DaimonError("too_large", "the body is too large; put what is large into a blob and name that");
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return new DoorRefusal(415, "invalid", "the body must be JSON: content-type: application/json");
  return new DaimonError("invalid", message ?? "this request cannot be understood", { cause: error });
}

function refuse(reply: FastifyReply, refusal: DaimonError): FastifyReply {
  const { status, headers, body } = httpError(refusal);
  return reply.code(status).headers(headers).send(body);
}

/** What is no HTTP at all gets an answer in the form of every other refusal, and then the door. */
export function answerNonsense(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  socket.end(rawRefusal(nonsense(error.code)));
}

function nonsense(code: string | undefined): DaimonError {
  if (code === "HPE_HEADER_OVERFLOW") return new DaimonError("too_large", "the headers are too large");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new DoorRefusal(408, "invalid", "the request did not come to its end in time; send it whole");
  return new DaimonError("invalid", "this is not HTTP");
}
