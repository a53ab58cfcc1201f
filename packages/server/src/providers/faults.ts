import { type FaultKind, ProviderFault } from "../core/faults.ts";
import { type Endpoint, secretsOf } from "./endpoint.ts";

/** What a vendor's SDK knows of trouble, in the vendor's own words. Each adapter reads its SDK's errors into this. */
export type Trouble = {
  status?: number | undefined;
  /** The names that the vendor has for it (`error.code`, `error.type`), the most telling first. */
  names?: readonly unknown[];
  said?: string | undefined;
  /** In milliseconds. */
  retryAfter?: number | undefined;
};

/** Trouble that came as an answer, where an SDK would have taken it for one. */
export class VendorError extends Error {
  override readonly name = "VendorError";
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.said);
    this.trouble = trouble;
  }
}

/** Makes faults of one provider. What lets us in never stands in one, though a vendor may say it back to us. */
export type Faults = (model: string, trouble: Trouble, kind: FaultKind, cause?: unknown) => ProviderFault;

const saidAtMost = 500;

export function faultsOf(endpoint: Endpoint): Faults {
  return (model, { status, names, said = "", retryAfter }, otherwise, cause) => {
    const known = kindOf(status, names ?? [], said) ?? otherwise;
    const kind = known === "auth" && endpoint.access ? "signin" : known;
    const hidden = secretsOf(endpoint).filter((secret) => secret !== undefined && secret.length >= 4) as string[];
    const line = hidden.reduce((text, secret) => text.replaceAll(secret, "[key]"), said.replace(/\s+/g, " ").trim());
    return new ProviderFault(kind, endpoint.name, model, {
      said: line.slice(0, saidAtMost),
      cause,
      ...(status === undefined ? {} : { status }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  };
}

/** Names that say more than the status they come with. */
const kinds: Record<string, FaultKind> = {
  authentication_error: "auth",
  permission_error: "auth",
  invalid_api_key: "auth",
  api_key_invalid: "auth",
  billing_error: "payment",
  insufficient_quota: "payment",
  billing_hard_limit_reached: "payment",
  contract_spend_limit_reached: "payment",
  enforced_spend_limit_reached: "payment",
  // Of a plan: its time is over for now, or it has none for us.
  subscription_sharing_usage_limit_exceeded: "payment",
  subscription_sharing_user_not_eligible: "payment",
  model_not_found: "model",
  context_length_exceeded: "overflow",
  exceed_context_size_error: "overflow",
  request_too_large: "overflow",
  invalid_prompt: "invalid",
  bio_policy: "invalid",
  misalignment_policy_violation: "invalid",
  image_content_policy_violation: "invalid",
  rate_limit_error: "rate",
  rate_limit_exceeded: "rate",
  resource_exhausted: "rate",
  overloaded_error: "overloaded",
  server_is_overloaded: "overloaded",
  unavailable: "overloaded",
  api_error: "server",
  server_error: "server",
  timeout_error: "server",
  internal: "server",
};

function kindOf(status: number | undefined, names: readonly unknown[], said: string): FaultKind | undefined {
  const named = names.map((name) => (typeof name === "string" ? kinds[name.toLowerCase()] : undefined));
  return named.find((kind) => kind !== undefined) ?? byStatus(status, said);
}

function byStatus(status: number | undefined, said: string): FaultKind | undefined {
  if (status === undefined) return undefined;
  if (status === 401 || status === 403) return "auth";
  if (status === 402) return "payment";
  if (status === 404) return "model";
  if (status === 413) return "overflow";
  if (status === 429) return "rate";
  if (status === 503 || status === 529) return "overloaded";
  // 408 and 409: a time-out and a lock over there, not our request.
  if (status >= 500 || status === 408 || status === 409) return "server";
  if (tooLong.test(said)) return "overflow";
  if (unpaid.test(said)) return "payment";
  return "invalid";
}

// Words, because a 400 has no better name for these two at most vendors; a miss is only the less helpful sentence.
const tooLong = /prompt is too long|input token count|context (?:length|window|size|limit)/i;
const unpaid = /credit balance|billing|insufficient (?:funds|balance|credit)/i;

/** How long a server asks us to wait, in milliseconds. */
export function retryAfterIn(headers: Headers | undefined, now = Date.now()): number | undefined {
  const exact = Number.parseFloat(headers?.get("retry-after-ms") ?? "");
  if (exact >= 0) return exact;
  const given = headers?.get("retry-after");
  if (given === null || given === undefined) return undefined;
  const seconds = Number(given);
  const wait = Number.isNaN(seconds) ? Date.parse(given) - now : seconds * 1000;
  return wait >= 0 ? wait : undefined;
}

/** The innermost error says what it was: what wraps it says only that it failed. */
export function rootOf(error: unknown): Error {
  let root = error;
  for (let depth = 0; depth < 10 && root instanceof Error && root.cause instanceof Error; depth++) root = root.cause;
  return root instanceof Error ? root : new Error(String(root));
}
