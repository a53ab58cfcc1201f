import type { OpenAI } from "openai";
import type { Image } from "../core/ports.ts";
import { type Endpoint, strayHeaders } from "./endpoint.ts";
import { retryAfterIn, type Trouble } from "./faults.ts";
import { openFetch } from "./fetch.ts";

/** What the two languages of OpenAI share: the SDK, and how its servers say trouble and pictures. */

/** Loads the SDK when it is first asked for. */
export function clientOf(endpoint: Endpoint & { baseURL: string }): () => Promise<OpenAI> {
  let connecting: Promise<OpenAI> | undefined;
  return () => (connecting ??= connect(endpoint));
}

async function connect({ key, baseURL, headers = {} }: Endpoint & { baseURL: string }): Promise<OpenAI> {
  const { OpenAI: Client } = await import("openai");
  return new Client({
    // All given always: what is missing the SDK takes from the environment, where it may be meant for another server.
    apiKey: key ?? "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL,
    defaultHeaders: {
      ...strayHeaders("OPENAI_CUSTOM_HEADERS"),
      ...(key === undefined ? { authorization: null } : {}),
      ...headers,
    },
    fetch: openFetch,
    logLevel: "off",
  });
}

/** The SDK's errors have the body of the server's answer; what never came has none, and no status. */
export function explain(error: unknown): Trouble | undefined {
  if (!(error instanceof Error) || !("error" in error) || !("status" in error)) return undefined;
  const {
    status,
    error: body,
    message,
    headers,
  } = error as Error & {
    status?: number;
    error?: unknown;
    headers?: Headers;
  };
  if (status === undefined && body === undefined) return undefined;
  const said = message.replace(`${status} `, "");
  return { status, retryAfter: retryAfterIn(headers), said, ...troubleIn(body) };
}

/** An error as servers write it, after a status or in the middle of an answer, where its code may be the status. */
export function troubleIn(body: unknown): Trouble {
  if (typeof body === "string") return { said: body };
  const { code, type, message } = (body ?? {}) as Record<string, unknown>;
  return {
    names: [code, type],
    ...(typeof code === "number" ? { status: code } : {}),
    ...(typeof message === "string" ? { said: message } : {}),
  };
}

export const isJson = ({ headers }: Response): boolean => /\bjson\b/.test(headers.get("content-type") ?? "");

const pictures = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

/** An image as an address that contains it; undefined where the servers know no such images. */
export const addressOf = ({ type, bytes }: Image): string | undefined =>
  pictures.has(type) ? `data:${type};base64,${Buffer.from(bytes).toString("base64")}` : undefined;

export const noPicture = ({ type }: Image): string => `[an image of type ${type}, which cannot be shown here]`;

/** Names and ids that other vendors' models gave may have letters that are refused here, or too many. */
export const plainName = (name: string): string => name.replace(/[^\w-]/g, "_");
export const shortId = (callId: string): string => callId.slice(-40);
