import { DaimonError } from "@daimon/protocol";
import type { Row } from "@daimon/protocol/schema";
import type { FastifyRequest } from "fastify";
import type { TSchema } from "typebox";

type Named = Record<string, unknown>;

/** The parameters of a command as HTTP spells them: from the path, the query and the body, each name once. */
export function paramsOf(request: FastifyRequest, schema: TSchema, without: readonly string[] = []): Named {
  const path = typed(request.params as Named, schema);
  const query = typed(request.query as Named, schema);
  for (const name of without) delete query[name];
  const body = bodyOf(request.body);
  const params: Named = {};
  for (const [from, part] of Object.entries({ path, query, body }))
    for (const [name, value] of Object.entries(part)) {
      if (Object.hasOwn(params, name))
        throw new DaimonError("invalid", `${name} is given twice; leave it out of the ${from}`);
      Object.defineProperty(params, name, { value, enumerable: true, configurable: true, writable: true });
    }
  return params;
}

/** `Idempotency-Key` is HTTP's word for `opId`: the same under both names, and never two of them. */
export function withKey(request: FastifyRequest, { params: schema, changes }: Row, params: Named): Named {
  const key = request.headers["idempotency-key"];
  if (key === undefined || !changes) return params;
  if (!Object.hasOwn(Reflect.get(schema, "properties") as object, "opId"))
    throw new DaimonError("invalid", "this takes no Idempotency-Key: a retry of it would be done again; leave it out");
  if (Object.hasOwn(params, "opId") && params["opId"] !== key)
    throw new DaimonError("invalid", "Idempotency-Key and opId differ; they mean the same, so give one of them");
  return { ...params, opId: key };
}

function bodyOf(body: unknown): Named {
  if (body === undefined || body === null) return {};
  if (typeof body !== "object" || Array.isArray(body))
    throw new DaimonError("invalid", "the body must be a JSON object");
  return body as Named;
}

/** Text becomes what the schema wants where it can; what it cannot become, the check refuses with the right words. */
function typed(texts: Named, schema: TSchema): Named {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, typedAs(typeOf(schema, name), text)]));
}

function typedAs(type: unknown, text: unknown): unknown {
  if (typeof text !== "string") return text;
  if ((type === "integer" || type === "number") && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function typeOf(schema: TSchema, name: string): unknown {
  const properties: unknown = Reflect.get(schema, "properties");
  if (typeof properties !== "object" || properties === null || !Object.hasOwn(properties, name)) return undefined;
  return Reflect.get(Reflect.get(properties, name) as object, "type");
}

/** `?wait=true&timeout=SECONDS` */
export function waitOf(request: FastifyRequest): { ms: number } | undefined {
  const { wait, timeout } = request.query as Named;
  if (wait !== undefined && wait !== "true" && wait !== "false")
    throw new DaimonError("invalid", "wait must be true or false");
  if (timeout === undefined) return wait === "true" ? { ms: 300_000 } : undefined;
  const seconds = Number(timeout);
  if (!(seconds > 0 && seconds <= 3600)) throw new DaimonError("invalid", "timeout must be seconds, up to 3600");
  return wait === "true" ? { ms: seconds * 1000 } : undefined;
}
