import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { type Answer, type Asked, failing, json, startVendor, streaming, type Vendor } from "./server.ts";
import { responses } from "./responses.ts";

/** OpenAI on loopback: its sign-in for open-source tools, and its API for who comes with a token of it. */

type Form = Record<string, string>;
export type Authority = Vendor &
  AsyncDisposable & {
    /** What a test may change as it goes. */
    says: {
      /** Who signs in. */
      who: string;
      /** How long a token is good, in seconds. */
      seconds: number;
      scope: string;
      /** What stands in the ID token instead. */
      claims: Record<string, unknown>;
      /** What the browser brings back instead. */
      back: Record<string, string | undefined>;
      /** Answers a question for tokens, or for their end, in place of what it would be; undefined leaves it. */
      instead: (form: Form) => Answer | undefined;
      /** The keys that prove what it says of people. */
      keys: () => Answer;
      /** Tokens that the API takes no longer. */
      forgotten: Set<string>;
    };
    /** What the browser was sent with, the last time. */
    asked(): URLSearchParams;
    /** The forms that came for tokens, in order. */
    forms(): Form[];
    /** The tokens that requests of the API came with, in order. */
    bearers(path: string): (string | undefined)[];
  };

export const access = (n: number): string => `canary-access-${n}-5f1c`;
export const refresh = (n: number): string => `canary-refresh-${n}-5f1c`;
export const planScope = "openid profile email offline_access resource.invoke chatgpt.tokens.use.direct";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const published = { ...publicKey.export({ format: "jwk" }), kid: "k1", use: "sig", alg: "RS256" };
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

export function idToken(claims: object, key = privateKey, alg = "RS256"): string {
  const head = `${part({ alg, kid: "k1" })}.${part(claims)}`;
  return `${head}.${sign("RSA-SHA256", Buffer.from(head), key).toString("base64url")}`;
}

export async function startAuthority(): Promise<Authority> {
  const says: Authority["says"] = {
    who: "mia",
    seconds: 3600,
    scope: planScope,
    claims: {},
    back: {},
    instead: () => undefined,
    keys: () => json({ keys: [published] }),
    forgotten: new Set(),
  };
  let asked = new URLSearchParams();
  let given = 0;

  function answer({ path, headers, body }: Asked): Answer {
    const { pathname, searchParams } = new URL(path, "http://vendor");
    if (pathname === "/api/accounts/authorize") {
      asked = searchParams;
      const back = new URL(asked.get("redirect_uri") ?? "");
      const brought = { code: "c0de", state: asked.get("state"), client_id: "oaiapp_mia", ...says.back };
      for (const [name, value] of Object.entries(brought)) if (value) back.searchParams.set(name, value);
      return { status: 302, headers: { location: back.href } };
    }
    if (pathname === "/.well-known/jwks.json") return says.keys();
    if (pathname.startsWith("/api/accounts/oauth/"))
      return says.instead(body as Form) ?? (pathname.endsWith("/revoke") ? json({}) : tokensFor(body as Form));
    const token = headers.authorization?.replace("Bearer ", "") ?? "";
    if (!token.startsWith("canary-access-") || says.forgotten.has(token))
      return failing(401, { error: { message: `who is ${token}?`, code: "token_invalidated" } });
    if (pathname === "/v1/models")
      return json({
        models: [
          { slug: "gpt-6-astra", display_name: "Astra", visibility: "list", context_window: 272_000 },
          { slug: "gpt-6-secret", display_name: "Nobody's", visibility: "hide" },
        ],
      });
    return streaming(responses([{ text: ["Hello ", "Mia."] }]));
  }

  function tokensFor(form: Form): Answer {
    const proof = createHash("sha256")
      .update(form["code_verifier"] ?? "")
      .digest("base64url");
    const good =
      form["grant_type"] === "refresh_token"
        ? form["refresh_token"] === refresh(given)
        : form["code"] === "c0de" &&
          proof === asked.get("code_challenge") &&
          form["redirect_uri"] === asked.get("redirect_uri");
    if (!good) return failing(400, { error: "invalid_grant", error_description: `no: ${JSON.stringify(form)}` });
    given += 1;
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: vendor.url,
      aud: form["client_id"],
      sub: says.who,
      email: `${says.who}@example.org`,
      nonce: asked.get("nonce"),
      iat: now,
      exp: now + 600,
      ...says.claims,
    };
    return json({
      access_token: access(given),
      refresh_token: refresh(given),
      id_token: idToken(claims),
      token_type: "Bearer",
      expires_in: says.seconds,
      scope: says.scope,
    });
  }

  const vendor = await startVendor(answer);
  const at = (path: string) => vendor.requests.filter((request) => request.path === path);
  return {
    ...vendor,
    says,
    asked: () => asked,
    forms: () => at("/api/accounts/oauth/token").map(({ body }) => body as Form),
    bearers: (path) => at(path).map(({ headers }) => headers.authorization?.replace("Bearer ", "")),
    [Symbol.asyncDispose]: () => vendor.close(),
  };
}
