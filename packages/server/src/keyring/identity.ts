import { createPublicKey, type JsonWebKey, verify } from "node:crypto";

/** Who a provider says signed in, where it is certain that the provider says so, to us, and as the answer to our question. */

export type Identity = { subject: string; email?: string };
type Expected = { issuer: string; client: string; nonce: string; now: number };

/** Clocks differ. */
const leeway = 5;

export async function identityIn(token: string, { issuer, client, nonce, now }: Expected): Promise<Identity> {
  const [head = "", body = "", signature = ""] = token.split(".");
  const { alg, kid } = decoded(head);
  if (alg !== "RS256") throw new Error("its signature is of another kind than RS256");
  const key = (await keysOf(issuer)).find((one) => one["kid"] === kid && one.kty === "RSA");
  if (!key) throw new Error("it is signed with a key that nobody published");
  const publicKey = createPublicKey({ key, format: "jwk" });
  if (!verify("RSA-SHA256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url")))
    throw new Error("its signature is wrong");
  const { iss, aud, exp, nonce: answered, sub, email, email_verified: verified } = decoded(body);
  if (iss !== issuer) throw new Error("it comes from somebody else");
  if (![aud].flat().includes(client)) throw new Error("it was made for another program");
  if (typeof exp !== "number" || exp + leeway < now / 1000) throw new Error("it has expired");
  if (answered !== nonce) throw new Error("it answers another question");
  if (typeof sub !== "string" || sub === "") throw new Error("it names nobody");
  return { subject: sub, ...(typeof email === "string" && verified !== false ? { email } : {}) };
}

function decoded(part: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(part, "base64url").toString())) as Record<string, unknown>;
  } catch {
    throw new Error("it is no token"); // and what it is may be somebody's secret
  }
}

async function keysOf(issuer: string): Promise<(JsonWebKey & Record<string, unknown>)[]> {
  let said: unknown;
  try {
    const address = new URL("/.well-known/jwks.json", issuer);
    const response = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(15_000) });
    said = await response.json();
  } catch (error) {
    throw new Error("the keys that would prove it cannot be had; run the command again", { cause: error });
  }
  const { keys } = Object(said) as { keys?: unknown };
  return Array.isArray(keys) ? keys : [];
}
