import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text as textOf } from "node:stream/consumers";
import {
  type Attachment,
  type Client,
  createClient,
  type Following,
} from "../../packages/protocol/src/client/index.ts";
import { connectLocal } from "../../packages/protocol/src/client/local.ts";
import type { Running } from "./start.ts";

/** Talking to a daemon as its clients do. */

export type Answer = { status: number | undefined; body: any }; // oxlint-disable-line typescript/no-explicit-any -- looked at, not trusted

export async function ask({ socket, token }: Running, method: string, path: string, body?: object): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const asked = request({
    socketPath: socket,
    method,
    path,
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      ...(text === undefined ? {} : { "content-type": "application/json" }),
    },
  }).end(text);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: JSON.parse(await textOf(response)) };
}

export type Followed = Attachment & { client: Client };

export async function follow({ socket, token }: Running, sessionId: string): Promise<Followed> {
  const client = createClient({
    connect: connectLocal({ socketPath: socket, token }),
    client: { name: "test", version: "1", user: "tester" },
  });
  return Object.assign(await client.attach(sessionId), { client });
}

/** Resolves once what a client knows of the session is so. */
export async function until(attachment: Attachment, holds: (now: Following) => boolean): Promise<void> {
  if (holds(attachment.now)) return;
  await new Promise<void>((resolve) => {
    const stop = attachment.onChange(() => {
      if (!holds(attachment.now)) return;
      stop();
      resolve();
    });
  });
}
