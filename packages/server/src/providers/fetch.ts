import { retryAfterIn, rootOf } from "./faults.ts";

/** As long as this an SDK may wait by itself before it asks again. */
const silentAtMost = 5000;

/**
 * The fetch that SDKs are given. Where a server asks for a longer wait, its SDK would wait it out in silence: it is told
 * not to, so that the core does, and says so.
 */
export const openFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init).catch((error: unknown) => {
    throw withHint(error, input);
  });
  if (response.ok || (retryAfterIn(response.headers) ?? 0) <= silentAtMost) return response;
  const { status, statusText, body } = response;
  const headers = new Headers(response.headers);
  headers.set("x-should-retry", "false");
  return new Response(body, { status, statusText, headers });
};

/** Where nobody listens, the system says "refused", and of `localhost` not even where: people are told what to do. */
function withHint(error: unknown, input: Parameters<typeof fetch>[0]): unknown {
  const { code } = rootOf(error) as { code?: unknown };
  if (code !== "ECONNREFUSED") return error;
  const { origin } = new URL(input instanceof Request ? input.url : input);
  return Object.assign(new Error(`nothing answers at ${origin}; start the server there, or correct its address`), {
    code,
  });
}

/** The same answer; whoever reads it says so with each piece that comes, whatever it is. */
export function heardBy(lives: (() => void) | undefined, response: Response): Response {
  if (!lives || !response.body) return response;
  const { status, statusText, headers } = response;
  const transform = (piece: Uint8Array, on: TransformStreamDefaultController<Uint8Array>) => {
    lives();
    on.enqueue(piece);
  };
  return new Response(response.body.pipeThrough(new TransformStream({ transform })), { status, statusText, headers });
}

/** A fetch for one request. */
export const hearingFetch =
  (lives: (() => void) | undefined): typeof fetch =>
  async (input, init) =>
    heardBy(lives, await openFetch(input, init));
