import { type Static, type TProperties, type TSchema, Type } from "typebox";
import type { Role } from "./shapes.ts";

/** What a row of the command table is made of. */

export const object = <const P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

type RoleName = Static<typeof Role>;
type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * One row a command. JSON-RPC dispatch, HTTP routes, the role matrix and the documents derive from it.
 * `least`: the lowest role it can be had with; core's `roleFor` raises it by parameters and view.
 * `http`: path parameters are taken from `params` by name, what is left is the body or the query.
 * `wireOnly`: why a row has no HTTP face.
 */
export type Row = {
  params: TSchema;
  result: TSchema;
  least: RoleName;
  changes: boolean;
  http?: { verb: Verb; path: string; status: number };
  wireOnly?: string;
  cli?: string;
};
export const row = <const P extends TSchema, const R extends TSchema>(
  params: P,
  result: R,
  rest: Omit<Row, "params" | "result">,
) => ({ params, result, ...rest });

export const http = (verb: Verb, path: string, status = 200) => ({ verb, path: `/api/v1${path}`, status });
export const look = { least: "observe", changes: false } as const;
export const change = { least: "operate", changes: true } as const;
