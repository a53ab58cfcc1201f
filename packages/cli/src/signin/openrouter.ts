import { createHash, randomBytes } from "node:crypto";
import { exits, Failure } from "../failure.ts";
import { listenForAnswer } from "./callback.ts";

const patienceMs = 5 * 60_000;
const exchangeMs = 15_000;

type Options = {
  /** Where its API is. */
  url?: string | undefined;
  /** Shows a person where to go. */
  show(address: string): void;
  patience?: number;
};

/**
 * A key of the person's own, by OpenRouter's sign-in: they say yes in a browser, and the code that comes back is worth a key to
 * nobody but who asked for it (PKCE). https://openrouter.ai/docs/oauth
 */
export async function keyFromOpenRouter({
  url = "https://openrouter.ai/api/v1",
  show,
  patience = patienceMs,
}: Options): Promise<string> {
  await using callback = await listenForAnswer();
  const verifier = randomBytes(32).toString("base64url");
  const address = new URL("/auth", url);
  address.search = new URLSearchParams({
    callback_url: callback.url,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  }).toString();
  show(address.href);
  const { code } = await callback.answer(patience);
  return await exchange(url, code, verifier);
}

async function exchange(url: string, code: string, verifier: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(`${url.replace(/\/$/, "")}/auth/keys`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code, code_verifier: verifier, code_challenge_method: "S256" }),
      signal: AbortSignal.timeout(exchangeMs),
    });
  } catch (error) {
    throw new Failure(exits.noDaemon, `openrouter cannot be reached; nothing was written, run the command again`, {
      cause: error,
    });
  }
  const answer: unknown = await response.json().catch(() => undefined);
  const key = typeof answer === "object" && answer !== null && "key" in answer ? answer.key : undefined;
  if (response.ok && typeof key === "string") return key;
  throw new Failure(exits.refused, `openrouter gave no key for the sign-in (${response.status}); nothing was written`);
}
