import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exits, Failure } from "../failure.ts";

/**
 * Where a browser comes back to with what it was given: an address of this machine alone. That it is the answer to our question
 * is known by a place that nobody can guess or, where the provider wants a place of its own, by a word that nobody can guess.
 */
export type Callback = AsyncDisposable & {
  url: string;
  /**
   * What came; throws when the person said no, or when nothing came in time. `state`: whoever does not bring it is not heard,
   * nor is anybody before this is asked.
   */
  answer(patienceMs: number, state?: string): Promise<Answer>;
};
/** `client`: what the provider calls us from now on. */
export type Answer = { code: string; client?: string };

export async function listenForAnswer(known?: string): Promise<Callback> {
  const path = known ?? `/callback/${randomBytes(16).toString("base64url")}`;
  const came = Promise.withResolvers<Answer>();
  came.promise.catch(() => {}); // whoever waits hears of it; nobody may wait yet
  // At a place that everybody knows nobody is heard before there is a word to bring.
  let expected: string | undefined = known === undefined ? undefined : randomBytes(16).toString("base64url");
  const server = createServer((request, response) => {
    const { pathname, searchParams } = URL.parse(request.url ?? "/", "http://127.0.0.1") ?? nowhere;
    const code = searchParams.get("code");
    const error = searchParams.get("error");
    if (request.method !== "GET" || pathname !== path || (!code && !error))
      return tell(response, 404, "There is nothing here.");
    if (expected !== undefined && searchParams.get("state") !== expected)
      return tell(response, 400, "This answer belongs to another sign-in. Open the address that daimon shows now.");
    if (!code) {
      tell(response, 200, "You said no. Nothing was changed; you may close this page.");
      const said = error?.slice(0, 100);
      return came.reject(new Failure(exits.refused, `the sign-in was refused (${said}); nothing was written`));
    }
    tell(response, 200, "daimon has what it needs. You may close this page.");
    const client = searchParams.get("client_id");
    came.resolve({ code, ...(client ? { client } : {}) });
  });
  await listening(server.listen(0, "127.0.0.1"));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    async answer(patienceMs, state) {
      expected = state;
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
const nowhere = { pathname: "", searchParams: new URLSearchParams() };

async function listening(server: ReturnType<typeof createServer>): Promise<void> {
  try {
    await once(server, "listening");
  } catch (error) {
    const why = `no port of 127.0.0.1 can be listened at (${(error as Error).message})`;
    throw new Failure(exits.failed, `${why}, and a browser could not come back; give a key instead`, { cause: error });
  }
}

function tell(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  response.end(`${text}\n`);
}
