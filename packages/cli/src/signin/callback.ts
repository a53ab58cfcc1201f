import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exits, Failure } from "../failure.ts";

/**
 * Where a browser comes back to with what it was given: an address of this machine alone, at a place that nobody can guess,
 * which is how it is known that this is the answer to our question.
 */
export type Callback = AsyncDisposable & {
  url: string;
  /** The code that came; throws when the person said no, or when nothing came in time. */
  code(patienceMs: number): Promise<string>;
};

export async function listenForCode(): Promise<Callback> {
  const path = `/callback/${randomBytes(16).toString("base64url")}`;
  const came = Promise.withResolvers<string>();
  came.promise.catch(() => {}); // whoever waits hears of it; nobody may wait yet
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const code = searchParams.get("code");
    const error = searchParams.get("error");
    if (request.method !== "GET" || pathname !== path || (!code && !error))
      return answer(response, 404, "There is nothing here.");
    if (!code) {
      answer(response, 200, "You said no. Nothing was changed; you may close this page.");
      return came.reject(new Failure(exits.refused, `the sign-in was refused (${error}); nothing was written`));
    }
    answer(response, 200, "daimon has what it needs. You may close this page.");
    came.resolve(code);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    async code(patienceMs) {
      const late = setTimeout(() => came.reject(new Failure(exits.failed, lateness)), patienceMs);
      try {
        return await came.promise;
      } finally {
        clearTimeout(late);
      }
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const lateness = "nobody came back from the browser in time; nothing was written, run the command again";

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  response.end(`${text}\n`);
}
