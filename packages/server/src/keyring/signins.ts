import { DaimonError } from "@daimon/protocol";
import { createHash, randomBytes } from "node:crypto";
import { ProviderFault } from "../core/faults.ts";
import type { Access, Came, Clock, Log, SignIn } from "../core/ports.ts";
import { identityIn } from "./identity.ts";
import {
  addressOf,
  type Asked,
  type Authority,
  authorityOf,
  nameGiven,
  renewed,
  revoked,
  type Tokens,
  tokensFor,
} from "./oauth.ts";
import { Records, type SignedIn } from "./record.ts";

type Options = { file: string; clock: Pick<Clock, "now">; log: Log };

/** The sign-ins of one home. The same provider at the same place is always the same one. */
export function openSignIns({ file, clock, log }: Options): (provider: string, url: string | undefined) => SignIn {
  const records = new Records(file);
  const opened = new Map<string, SignIn>();
  return (provider, url) => {
    const authority = authorityOf(url);
    const id = `${provider} ${authority.resource}`;
    const known = opened.get(id) ?? new OneSignIn(provider, authority, records, clock, log);
    opened.set(id, known);
    return known;
  };
}

/** As long as this a person may look for the browser. */
const patience = 10 * 60_000;

type Attempt = { state: string; nonce: string; verifier: string; callback: string; until: number };
type Finished = Awaited<ReturnType<SignIn["finish"]>>;

const secret = (): string => randomBytes(32).toString("base64url");

class OneSignIn implements SignIn {
  readonly #provider: string;
  readonly #authority: Authority;
  readonly #records: Records;
  readonly #clock: Pick<Clock, "now">;
  readonly #log: Log;
  #attempt: Attempt | undefined;
  #renewing: Promise<void> | undefined;

  constructor(provider: string, authority: Authority, records: Records, clock: Pick<Clock, "now">, log: Log) {
    this.#provider = provider;
    this.#authority = authority;
    this.#records = records;
    this.#clock = clock;
    this.#log = log;
  }

  get state(): Access["state"] {
    try {
      const record = this.#record;
      if (!record) return { is: "out" };
      if (!record.tokens) return { is: "ended", why: record.ended ?? "it has ended" };
      return { is: "in", ...(record.email === undefined ? {} : { as: record.email }) };
    } catch (error) {
      if (!(error instanceof DaimonError)) throw error;
      return { is: "ended", why: error.message };
    }
  }

  secrets(): readonly string[] {
    try {
      const { access, refresh } = this.#record?.tokens ?? {};
      return [access, refresh].filter((one) => one !== undefined);
    } catch {
      return []; // a file that cannot be read holds no secret of ours
    }
  }

  begin(callback: string): { address: string; state: string } {
    const { issuer, resource } = this.#authority;
    if (issuer === "")
      throw new DaimonError("invalid", `${this.#provider} is said to be at "${resource}", which is no address`);
    const client = this.#record?.client;
    const { host } = this.#records.now();
    // Before anybody is told of it: it must be the same the next time, whatever happens now.
    this.#records.write();
    const attempt = { state: secret(), nonce: secret(), verifier: secret(), callback };
    this.#attempt = { ...attempt, until: this.#clock.now() + patience };
    const challenge = createHash("sha256").update(attempt.verifier).digest("base64url");
    return { address: addressOf(this.#authority, { ...attempt, host, client, challenge }), state: attempt.state };
  }

  async finish({ state, code, client: given }: Came): Promise<Finished> {
    const attempt = this.#attempt;
    if (attempt?.state !== state || attempt.until < this.#clock.now())
      throw new DaimonError(
        "gone",
        "this sign-in took too long, or another was begun meanwhile; run the command again",
      );
    this.#attempt = undefined; // a code is good once
    const before = this.#record;
    const client = nameGiven(given ?? before?.client);
    if (client === undefined) return refused(`${this.#authority.issuer} gave us no name to go by`);
    if (before && before.client !== client) return refused(anotherAccount(this.#provider));
    const asked = await tokensFor(this.#authority, client, { ...attempt, code }, this.#clock.now);
    if (asked.is !== "granted") return { is: asked.is, why: asked.why };
    const { tokens, identity, plan } = asked;
    if (!plan) return refused("it lets daimon know who you are, but not use your plan; allow that too");
    const { issuer, resource } = this.#authority;
    const who = await identityIn(identity ?? "", {
      issuer,
      client,
      nonce: attempt.nonce,
      now: this.#clock.now(),
    }).catch((error: unknown) =>
      refused(`what ${issuer} says of who you are is not to be believed: ${(error as Error).message}`),
    );
    if ("is" in who) return who;
    if (before && before.subject !== who.subject) return refused(anotherAccount(this.#provider));
    this.#records.put(this.#provider, { resource, client, ...who, tokens });
    return { is: "kept", file: this.#records.file, ...(who.email === undefined ? {} : { as: who.email }) };
  }

  async end(): Promise<{ was: boolean; told: boolean }> {
    const record = this.#record;
    if (!record) return { was: false, told: false };
    this.#records.put(this.#provider, undefined);
    const refresh = record.tokens?.refresh;
    return { was: true, told: refresh !== undefined && (await revoked(this.#authority, record.client, refresh)) };
  }

  async token(refused?: string): Promise<string> {
    const { access } = this.#tokens();
    if (access === refused || this.#clock.now() >= this.#tokens().renewFrom) {
      // Never cut off by who waits for it: a renewed token that nobody hears of is a sign-in that is lost.
      this.#renewing ??= this.#renew(access === refused).finally(() => (this.#renewing = undefined));
      await this.#renewing;
    }
    return this.#tokens().access;
  }

  /** One at a time: a token to renew with is good once, and shown twice it ends the sign-in. */
  async #renew(refused: boolean): Promise<void> {
    const record = this.#record;
    const tokens = this.#tokens();
    if (!record || tokens.refresh === undefined) {
      if (!refused && this.#clock.now() < tokens.expires) return;
      return this.#over(tokens, "it cannot be renewed");
    }
    const asked = await renewed(this.#authority, record.client, tokens.refresh, this.#clock.now);
    if (!this.#holds(tokens)) return; // signed out, or in again, meanwhile
    if (asked.is === "granted") return this.#keep({ ...record, tokens: { ...tokens, ...asked.tokens } });
    if (asked.is === "refused" && asked.ended) return this.#over(tokens, asked.why);
    this.#log("warn", "a sign-in could not be renewed", { provider: this.#provider, why: asked.why });
    // What there is stays good for a while, and the next request tries again.
    if (refused || this.#clock.now() >= tokens.expires) throw this.#trouble(asked);
  }

  #over(tokens: Tokens, why: string): void {
    const record = this.#record;
    if (!record || !this.#holds(tokens)) return;
    const { tokens: _, ...registration } = record;
    this.#keep({ ...registration, ended: why });
  }

  /** A disk that takes nothing does not end a sign-in that works: it lasts as long as this daemon. */
  #keep(record: SignedIn): void {
    try {
      this.#records.put(this.#provider, record);
    } catch (error) {
      this.#log("error", "a sign-in was renewed and cannot be kept; it ends with this daemon", {
        provider: this.#provider,
        error,
      });
    }
  }

  #holds = (tokens: Tokens): boolean => this.#record?.tokens?.access === tokens.access;

  get #record(): SignedIn | undefined {
    const record = this.#records.now().providers[this.#provider];
    return record?.resource === this.#authority.resource ? record : undefined;
  }

  #tokens(): Tokens {
    const tokens = this.state.is === "in" ? this.#record?.tokens : undefined;
    if (tokens) return tokens;
    const { state } = this;
    throw new ProviderFault("signin", this.#provider, "", {
      said: state.is === "ended" ? state.why : "nobody is signed in",
    });
  }

  #trouble({ is, why }: Exclude<Asked, { is: "granted" }>): ProviderFault {
    return new ProviderFault(is === "refused" ? "signin" : "network", this.#provider, "", { said: why });
  }
}

const refused = (why: string): Finished => ({ is: "refused", why });
const anotherAccount = (provider: string): string =>
  `this is another account than the one before; "daimon logout ${provider}" forgets that one`;
