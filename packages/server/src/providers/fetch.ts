import { retryAfterIn } from "./faults.ts";

/** As long as this an SDK may wait by itself before it asks again. */
const silentAtMost = 5000;

/**
 * The fetch that SDKs are given. Where a server asks for a longer wait, its SDK would wait it out in silence: it is told
 * not to, so that the core does, and says so.
 */
export const openFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.ok || (retryAfterIn(response.headers) ?? 0) <= silentAtMost) return response;
  const { status, statusText, body } = response;
  const headers = new Headers(response.headers);
  headers.set("x-should-retry", "false");
  return new Response(body, { status, statusText, headers });
};
