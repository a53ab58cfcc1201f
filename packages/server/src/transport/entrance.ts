import type { DaimonError } from "@daimon/protocol";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Clock } from "../core/ports.ts";
import { DoorRefusal } from "./refusals.ts";

/**
 * What stands before the token where the daemon is reached by TCP: any page in a browser on this machine, and any name that leads
 * here, can knock there. Asked in this order: Host, Origin, Sec-Fetch-Site.
 */
export type Entrance = {
  check(request: Knock): DaimonError | undefined;
  /** A token that opened nothing came from this address: who tries many waits for the answer. */
  failed(address: string): Promise<void>;
  /** Refuses who asks too much at once. */
  ration(principal: string): void;
};
export type Knock = Pick<IncomingMessage, "url" | "rawHeaders">;

export type EntranceOptions = {
  /** The name that a Host may have; the port is looked at before. */
  isOurs(name: string): boolean;
  port: number;
  secure: boolean;
  /** Pages that may come, exactly as browsers name them. */
  origins: readonly string[];
  /** Requests a second of one token. */
  rate: number;
  clock: Clock;
};

export function createEntrance({ isOurs, port, secure, origins, rate, clock }: EntranceOptions): Entrance {
  const failures = new Failures(clock);
  const rations = new Rations(clock, rate);

  return {
    check({ url = "", rawHeaders }) {
      // A proxy's form: the name in it would be believed by whoever looks there first.
      if (!url.startsWith("/")) return door(400, "invalid", "name the path alone, and the host in Host");
      const hosts = all(rawHeaders, "host");
      if (hosts.length > 1) return door(400, "invalid", "this has more than one Host");
      if (!isHost(hosts[0] ?? ""))
        return door(
          421,
          "forbidden",
          "the Host of this request is not an address of this daemon; ask it by the address that daimon status shows, with its port",
        );
      const from = all(rawHeaders, "origin");
      const known = from.length === 1 && origins.includes(from[0] ?? "");
      if (from.length > 0 && !known)
        return door(
          403,
          "forbidden",
          "a page of another origin asks, which nobody allowed; programs leave Origin out, pages are named in config.toml: [http] origins",
        );
      // A page that people named may be of another site.
      if (!known && all(rawHeaders, "sec-fetch-site").some((site) => site !== "same-origin" && site !== "none"))
        return door(403, "forbidden", "a page of another site led here, which nobody allowed; open the address itself");
      if (all(rawHeaders, "authorization").length > 1)
        return door(400, "invalid", "this has more than one Authorization");
      return undefined;
    },
    failed: (address) => failures.failed(address),
    ration: (principal) => rations.take(principal),
  };

  /** Exactly one of ours, with the port; left out where the scheme's own is meant. */
  function isHost(host: string): boolean {
    const [, name = "", given] = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i.exec(host) ?? [];
    if (given === undefined ? port !== (secure ? 443 : 80) : given !== String(port)) return false;
    const bare = name.startsWith("[") ? name.slice(1, -1) : name.toLowerCase();
    return name.startsWith("[") === (isIP(bare) === 6) && isOurs(bare);
  }
}

function all(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? "");
  return values;
}

const door = (status: number, code: "invalid" | "forbidden", says: string) => new DoorRefusal(status, code, says);

const freely = 5;
const firstDelay = 250;
const longestDelay = 5_000;
const forgetAfter = 60_000;
const atOnce = 16;
const mostAddresses = 1_000;

/** Tokens cannot be guessed; who tries all the same is slowed down, and cannot keep others out by it. */
class Failures {
  readonly #clock: Clock;
  readonly #tried = new Map<string, { count: number; at: number; waiting: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async failed(address: string): Promise<void> {
    const now = this.#clock.now();
    const known = this.#tried.get(address);
    const tried =
      known && (known.waiting > 0 || now - known.at < forgetAfter) ? known : { count: 0, at: now, waiting: 0 };
    tried.count++;
    tried.at = now;
    // At the end of the line again: the one at its head is who was quiet for longest.
    this.#tried.delete(address);
    this.#tried.set(address, tried);
    if (this.#tried.size > mostAddresses) this.#tried.delete(this.#tried.keys().next().value ?? address);
    if (tried.count <= freely) return;
    if (tried.waiting >= atOnce)
      throw new DoorRefusal(429, "overloaded", "too many tokens from this address opened nothing; wait and try again", {
        details: { retryAfter: longestDelay / 1000 },
      });
    const delay = Math.min(longestDelay, firstDelay * 2 ** Math.min(10, tried.count - freely - 1));
    tried.waiting++;
    await new Promise<void>((resolve) => this.#clock.after(delay, resolve));
    tried.waiting--;
  }
}

/** So many a second, and as many again at once after a pause. */
class Rations {
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #left = new Map<string, { count: number; at: number }>();

  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#rate = rate;
  }

  take(principal: string): void {
    const now = this.#clock.now();
    const most = this.#rate * 2;
    const { count, at } = this.#left.get(principal) ?? { count: most, at: now };
    const left = Math.min(most, count + ((now - at) / 1000) * this.#rate);
    this.#left.set(principal, { count: Math.max(0, left - 1), at: now });
    if (left < 1)
      throw new DoorRefusal(
        429,
        "overloaded",
        `this token asks more than ${this.#rate} times a second; ask more slowly`,
        {
          details: { retryAfter: 1 },
        },
      );
  }
}
