/** What goes wrong between us and a model, by what is to be done about it. */
export type FaultKind =
  /** Said no to us: the key, the account, the model's name, the request itself. Trying again changes nothing. */
  | "auth"
  | "signin"
  | "payment"
  | "model"
  | "invalid"
  /** More was sent than the model takes: less may go through. */
  | "overflow"
  /** Not now: the same request may go through in a while. */
  | "rate"
  | "overloaded"
  | "server"
  | "network"
  | "stalled"
  | "broken";

export type FaultDetails = {
  /** What the provider itself said, one line. */
  said?: string;
  status?: number;
  /** How long it asked us to wait. */
  retryAfter?: number;
  cause?: unknown;
};

const passing = new Set<FaultKind>(["rate", "overloaded", "server", "network", "stalled", "broken"]);

/** Thrown by providers only. Its message is a sentence for people: what happened, and what to do where they can. */
export class ProviderFault extends Error {
  override readonly name = "ProviderFault";
  readonly kind: FaultKind;
  readonly retryAfter: number | undefined;

  constructor(
    kind: FaultKind,
    provider: string,
    model: string,
    { said, status, retryAfter, cause }: FaultDetails = {},
  ) {
    super(sentence(kind, provider, model, status === undefined ? "" : ` (${status})`, said ? `: ${said}` : ""), {
      cause,
    });
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  /** It was no answer: where nothing was heard before it, nothing was used. */
  get refused(): boolean {
    return this.kind !== "stalled" && this.kind !== "broken";
  }

  /** The same request may go through later. */
  get passes(): boolean {
    return passing.has(this.kind);
  }
}

function sentence(kind: FaultKind, provider: string, model: string, status: string, said: string): string {
  switch (kind) {
    case "auth":
      return `${provider} does not accept the key${status}${said}; run "daimon login ${provider}"`;
    case "signin":
      return `${provider} does not let us in by the sign-in${status}${said}; run "daimon login ${provider} --experimental"`;
    case "payment":
      return `${provider} wants to be paid first${status}${said}; look after your account there`;
    case "model":
      return `${provider} has no model "${model}"${status}${said}; "daimon models" lists what there is`;
    case "invalid":
      return `${provider} did not take the request${status}${said}`;
    case "overflow":
      return `the conversation is longer than ${provider}/${model} takes${status}${said}`;
    case "rate":
      return `${provider} wants fewer requests${status}${said}`;
    case "overloaded":
      return `${provider} is overloaded${status}${said}`;
    case "server":
      return `${provider} failed${status}${said}`;
    case "network":
      return `${provider} cannot be reached${said}`;
    case "stalled":
      return `${provider} went silent${said}`;
    case "broken":
      return `the answer of ${provider} broke off${said}`;
    default:
      return kind satisfies never;
  }
}
