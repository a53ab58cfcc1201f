import websocket from "@fastify/websocket";
import { DaimonError, sizes } from "@daimon/protocol";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Socket } from "node:net";
import type { Log, Principal } from "../core/ports.ts";
import { type Gate, offeredBy, subprotocol } from "./gate.ts";
import { decodeUtf8, parseJson } from "./json.ts";
import { asRefusal, httpError } from "./refusals.ts";

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
export type App = { app: FastifyInstance; principalOf: (request: FastifyRequest) => Principal };

/** A cell of 8 MiB in JSON, every character escaped once. */
const largestBody = 2 * sizes.cell;

/** The HTTP server: who may come in, what a body may be, and how a refusal reads. No rule of a session is here. */
export function createApp({ gate, log }: AppPorts): App {
  const principals = new WeakMap<FastifyRequest, Principal>();
  const app = Fastify({
    logger: false,
    bodyLimit: largestBody,
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
      const { status, body } = httpError(refusalOf(error, log));
      void (reply as FastifyReply).code(status).send(body);
    },
    clientErrorHandler: answerNonsense,
  });
  app.server.maxConnections = 256;

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, body: Buffer) =>
    body.length === 0 ? undefined : parseJson(decodeUtf8(body)),
  );
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const { status, body } = httpError(refusalOf(error, log));
    return reply.code(status).send(body);
  });
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
      reply.headers({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
      if (request.routeOptions.config?.open) return;
      principals.set(request, gate(request.url, request.headers));
    });
  });

  return {
    app,
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
    return new DaimonError("invalid", "the body must be JSON: content-type: application/json");
  return new DaimonError("invalid", message ?? "this request cannot be understood", { cause: error });
}

/** What is no HTTP at all gets an answer in the form of every other refusal, and then the door. */
function answerNonsense(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const { status, body } = httpError(
    error.code === "HPE_HEADER_OVERFLOW"
      ? new DaimonError("too_large", "the headers are too large")
      : new DaimonError("invalid", "this is not HTTP"),
  );
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
