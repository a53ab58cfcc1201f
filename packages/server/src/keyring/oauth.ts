/**
 * OpenAI's sign-in for open-source tools, on the wire: OAuth 2.0 with PKCE for a program that registers itself at the first
 * sign-in and has no secret. https://developers.openai.com/siwc/token-sharing-open-source/sign-in
 */

/** The name that a program gives until it has one of its own. */
const newcomer = "dynamic_agent_client";
/** What is asked for; without the last one nobody may use the plan. */
const planScope = "chatgpt.tokens.use.direct";
const scopes = `openid profile email offline_access resource.invoke ${planScope}`;
const patience = 15_000;

/** Where tokens are good, and who gives them: nobody, where that is no address. */
export type Authority = { resource: string; issuer: string };

const vendor = { resource: "https://api.openai.com/v1", issuer: "https://auth.openai.com" };

/** A server that stands in for the vendor's stands in for its sign-in as well: no token of the one ever goes to the other. */
export function authorityOf(url: string = vendor.resource): Authority {
  const resource = url.replace(/\/+$/, "");
  return resource === vendor.resource ? vendor : { resource, issuer: URL.parse(resource)?.origin ?? "" };
}

type Question = {
  /** This machine, as the provider knows it. */
  host: string;
  /** What the provider called us before. */
  client: string | undefined;
  callback: string;
  state: string;
  nonce: string;
  challenge: string;
};

export function addressOf({ resource, issuer }: Authority, question: Question): string {
  const { host, client, callback, state, nonce, challenge } = question;
  const address = new URL("/api/accounts/authorize", issuer);
  address.search = new URLSearchParams({
    response_type: "code",
    client_id: client ?? newcomer,
    ...(client === undefined ? { agent_name_hint: "daimon" } : {}),
    ext_agent_host_id: host,
    redirect_uri: callback,
    scope: scopes,
    resource,
    state,
    nonce,
    code_challenge: challenge,
    code_challenge_method: "S256",
  }).toString();
  return address.href;
}

/** What we are called from now on; the name of all newcomers is nobody's. */
export const nameGiven = (client: string | undefined): string | undefined => (client === newcomer ? undefined : client);

export type Tokens = {
  access: string;
  refresh?: string;
  /** Both in milliseconds since 1970: from when on it is renewed, and until when it is good. */
  renewFrom: number;
  expires: number;
};
export type Granted = { is: "granted"; tokens: Tokens; identity: string | undefined; plan: boolean };
/** `ended`: this grant will never be taken again, whoever asks. */
export type Asked = Granted | { is: "refused"; why: string; ended: boolean } | { is: "unreachable"; why: string };

export const tokensFor = (
  authority: Authority,
  client: string,
  given: { code: string; verifier: string; callback: string },
  now: () => number,
): Promise<Asked> =>
  ask(authority, now, {
    grant_type: "authorization_code",
    client_id: client,
    code: given.code,
    code_verifier: given.verifier,
    redirect_uri: given.callback,
  });

export const renewed = (authority: Authority, client: string, refresh: string, now: () => number): Promise<Asked> =>
  ask(authority, now, { grant_type: "refresh_token", client_id: client, refresh_token: refresh });

/** Whether the provider takes the token back: from then on nobody can renew with it. */
export async function revoked({ issuer }: Authority, client: string, refresh: string): Promise<boolean> {
  try {
    const form = { token: refresh, token_type_hint: "refresh_token", client_id: client };
    return (await post(new URL("/api/accounts/oauth/revoke", issuer), form)).ok;
  } catch {
    return false; // whoever asked is told that nobody knows
  }
}

async function ask({ resource, issuer }: Authority, now: () => number, form: Record<string, string>): Promise<Asked> {
  let response: Response;
  let body: unknown;
  try {
    response = await post(new URL("/api/accounts/oauth/token", issuer), { ...form, resource });
    body = await response.json().catch(() => undefined);
  } catch (error) {
    return { is: "unreachable", why: `${issuer} cannot be reached (${reasonIn(error)})` };
  }
  const said = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  if (!response.ok) return refusal(issuer, response.status, codeIn(said));
  return grantedBy(said, now()) ?? { is: "refused", why: `${issuer} gave no token`, ended: false };
}

const post = (address: URL, form: Record<string, string>): Promise<Response> =>
  fetch(address, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams(form),
    redirect: "error",
    signal: AbortSignal.timeout(patience),
  });

/** Only its code is repeated: a description may hold what was sent. */
function codeIn({ error }: Record<string, unknown>): string {
  const code = typeof error === "object" && error !== null ? Reflect.get(error, "code") : error;
  return typeof code === "string" && /^[a-z_]{1,60}$/.test(code) ? code : "";
}

/** What the provider says of a grant that is over. */
const over = new Set([
  "invalid_grant",
  "invalid_client",
  "invalid_refresh_token",
  "token_expired",
  "refresh_token_expired",
  "refresh_token_invalidated",
  "refresh_token_reused",
]);

function refusal(issuer: string, status: number, code: string): Asked {
  const said = `${issuer} said ${[status, code].filter(Boolean).join(" ")}`;
  if (over.has(code)) return { is: "refused", why: said, ended: true };
  return status >= 500 || status === 429 || status === 408
    ? { is: "unreachable", why: said }
    : { is: "refused", why: said, ended: false };
}

/** Renewed this long before it ends, but never before half of its time is over. */
const early = 5 * 60_000;

function grantedBy(said: Record<string, unknown>, now: number): Granted | undefined {
  const { access_token: access, refresh_token: refresh, id_token: identity, expires_in: seconds, scope } = said;
  if (typeof access !== "string" || access === "" || typeof seconds !== "number" || !(seconds > 0)) return undefined;
  const life = seconds * 1000;
  return {
    is: "granted",
    tokens: {
      access,
      ...(typeof refresh === "string" && refresh !== "" ? { refresh } : {}),
      renewFrom: now + Math.max(life - early, life / 2),
      expires: now + life,
    },
    identity: typeof identity === "string" ? identity : undefined,
    plan: typeof scope === "string" && scope.split(/\s+/).includes(planScope),
  };
}

/** `fetch` says only that it failed; what it was is the cause. */
const reasonIn = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
};
