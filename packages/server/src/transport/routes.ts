import { DaimonError, type ParamsOf, protocolVersion, sizes, version } from "@daimon/protocol";
import { commands, type Row } from "@daimon/protocol/schema";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Blobs, Caller, Clock, Hub, Log, Principal } from "../core/ports.ts";
import { findBlob } from "./desk.ts";
import { answerOf, callerAs, type Dispatch } from "./dispatch.ts";
import { paramsOf, waitOf, withKey } from "./params.ts";
import { streamEvents, wantsStream } from "./stream.ts";
import { askAndWait } from "./waiting.ts";

export type RoutePorts = {
  hub: Hub;
  dispatch: Dispatch;
  blobs: Blobs;
  clock: Clock;
  log: Log;
  principalOf: (request: FastifyRequest) => Principal;
};

const largestUpload = 64 * 1024 * 1024;
/** A cell of 8 MiB in JSON, every character escaped once. All other bodies are bounded as frames are. */
const longestBody = 2 * sizes.cell;
const longTexts: ReadonlySet<string> = new Set(["session/input", "session/python"]);

/** HTTP's face of the command table. It translates and nothing else. */
export function addRoutes(app: FastifyInstance, ports: RoutePorts): void {
  app.get("/health", { config: { open: true } }, async () => {
    if (ports.dispatch.draining) throw new DaimonError("draining", "the daemon is stopping");
    return { ok: true, version, protocol: protocolVersion };
  });
  for (const [method, row] of Object.entries<Row>(commands)) {
    if (!row.http) continue;
    const { verb, path, status } = row.http;
    app.route({
      method: verb,
      url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
      ...(longTexts.has(method) ? { bodyLimit: longestBody } : {}),
      handler: (request, reply) => answer(ports, method as keyof typeof commands, row, status, request, reply),
    });
  }
  app.register((scope, _options, done) => {
    addBlobRoutes(scope, ports);
    done();
  });
}

const callerOf = ({ principalOf }: RoutePorts, request: FastifyRequest): Caller => {
  const principal = principalOf(request);
  return callerAs(principal, { principal: principal.name, client: "http" });
};

async function answer(
  ports: RoutePorts,
  method: keyof typeof commands,
  row: Row,
  status: number,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const caller = callerOf(ports, request);
  const given = (without?: string[]) => withKey(request, row, paramsOf(request, row.params, without));
  const left = () => AbortSignal.any([leftBy(reply), ports.principalOf(request).gone]);
  if (method === "session/input" || method === "session/python") {
    const wait = waitOf(request);
    const params = given(["wait", "timeout"]) as ParamsOf<typeof method>;
    if (wait) {
      const answered = await askAndWait(ports, caller, method, params, wait.ms, left());
      return reply.code(answered.status).send(answered.body);
    }
    return reply.code(status).send(await answerOf(ports.dispatch, caller, method, params));
  }
  const params = given();
  if (method === "session/events" && wantsStream(request))
    return streamEvents(ports, request, reply, caller, params as ParamsOf<typeof method>, left());
  return reply.code(status).send(await answerOf(ports.dispatch, caller, method, params));
}

function leftBy(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.on("close", () => left.abort());
  return left.signal;
}

/** Bytes as they are, where the command table has base64. */
function addBlobRoutes(app: FastifyInstance, ports: RoutePorts): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: largestUpload }, (_request, body, done) =>
    done(null, body),
  );

  app.put("/api/v1/blobs", { bodyLimit: largestUpload }, async (request, reply) => {
    const { name, ...rest } = request.query as Record<string, unknown>;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) throw new DaimonError("invalid", `${unknown} is not known; known: name`);
    const params = {
      base64: "",
      type: request.headers["content-type"] ?? "application/octet-stream",
      ...(name === undefined ? {} : { name }),
    };
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    ports.dispatch.admit(callerOf(ports, request), "blob/put", params);
    return reply.code(201).send(await ports.blobs.put(bytes, params.type, name as string | undefined));
  });

  app.get("/api/v1/blobs/:sha256", async (request, reply) => {
    const { sha256 } = request.params as { sha256: string };
    ports.dispatch.admit(callerOf(ports, request), "blob/get", { sha256 });
    const bytes = await findBlob(ports.blobs, sha256);
    return reply.type("application/octet-stream").header("content-disposition", "attachment").send(Buffer.from(bytes));
  });
}
