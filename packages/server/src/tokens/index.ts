import { DaimonError, type ParamsOf, type ResultOf } from "@daimon/protocol";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock, Log, Principal, Tokens } from "../core/ports.ts";
import { type File, type Kept, readTokens, writeTokens } from "./file.ts";

export type TokenPorts = {
  file: string;
  /** The home's own: it may do everything, and lies in a file of its own that this user's clients read. */
  own: { token: string; file: string; renew(token: string): void };
  newToken: () => string;
  clock: Clock;
  log: Log;
};

/** One that is good now. `digest` is all that is known of its text. */
type Live = { kept: Omit<Kept, "sha256">; digest: Buffer; principal: Principal; cut: AbortController };

const owner = { id: "owner", name: "owner", role: "admin" } as const;
/** The log has these names for others. */
const taken = new Set<string>([owner.name, "daemon"]);
const most = 500;
/** A request is no reason to write: when a token was used last is written this much later, or with the next change. */
const writeAfter = 60_000;
/** Timers know no longer wait. */
const longestWait = 24 * 3600 * 1000;

const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();

export function openTokens({ file, own, newToken, clock, log }: TokenPorts): Tokens {
  const { used, tokens } = readTokens(file);
  let home = live({ ...owner, ...(used === undefined ? {} : { used }) }, digestOf(own.token));
  const others = new Map(
    tokens.map(({ sha256, ...kept }) => [kept.id, live(kept, Buffer.from(sha256, "hex"))] as const),
  );
  let cancelWrite: (() => void) | undefined;
  let cancelExpiry = () => {};
  expire();

  const all = (): Live[] => [home, ...others.values()];

  function write(): void {
    cancelWrite?.();
    cancelWrite = undefined;
    const kept = [...others.values()].map(({ kept: one, digest }) => ({ ...one, sha256: digest.toString("hex") }));
    const whole: File = { ...(home.kept.used === undefined ? {} : { used: home.kept.used }), tokens: kept };
    writeTokens(file, whole);
  }

  /** A use that cannot be written down keeps nobody out. */
  function writeUse(): void {
    cancelWrite = undefined;
    try {
      write();
    } catch (error) {
      log("warn", "when tokens were used last could not be written", { error });
    }
  }

  /** Ends what is over, and comes back for what will be next. */
  function expire(): void {
    cancelExpiry();
    const now = clock.now();
    let next = Infinity;
    for (const { kept, cut } of others.values())
      if (kept.expires !== undefined)
        if (kept.expires <= now) cut.abort();
        else next = Math.min(next, kept.expires - now);
    if (next < Infinity) cancelExpiry = clock.after(Math.min(next, longestWait), expire);
  }

  function named(name: string): Live {
    const found = name === owner.id ? home : (others.get(name) ?? all().find(({ kept }) => kept.name === name));
    if (found) return found;
    throw new DaimonError("not_found", `there is no token ${name}; "daimon token list" lists them`);
  }

  /** Whoever holds it now is out before this returns; what cannot be written changes nothing. */
  function replace(old: Live, by: Live | undefined): void {
    if (by) others.set(old.kept.id, by);
    else others.delete(old.kept.id);
    try {
      write();
    } catch (error) {
      others.set(old.kept.id, old);
      throw unwritable(file, error);
    }
    old.cut.abort();
  }

  return {
    find(token) {
      const digest = digestOf(token);
      const now = clock.now();
      // All are compared, in constant time: how long it takes says nothing about which was close.
      const [found] = all().filter((one) => timingSafeEqual(one.digest, digest));
      if (!found || (found.kept.expires !== undefined && found.kept.expires <= now)) return undefined;
      found.kept.used = now;
      cancelWrite ??= clock.after(writeAfter, writeUse);
      return found.principal;
    },

    list: () => all().map(({ kept }) => ({ ...kept })),

    create({ role, sessions, ttl, name }: ParamsOf<"token/create">) {
      if (name !== undefined && (taken.has(name) || all().some(({ kept }) => kept.name === name || kept.id === name)))
        throw new DaimonError("conflict", `there is a token ${name} already; take another name, or revoke that one`);
      if (others.size >= most)
        throw new DaimonError("conflict", `there are ${most} tokens already; revoke those that nobody uses`);
      const id = `tok_${randomBytes(6).toString("hex")}`;
      const token = newToken();
      const now = clock.now();
      const kept = {
        id,
        name: name ?? id,
        role,
        ...(sessions ? { sessions: [...new Set(sessions)] } : {}),
        created: now,
        ...(ttl === undefined ? {} : { expires: now + ttl * 1000 }),
      };
      others.set(id, live(kept, digestOf(token)));
      try {
        write();
      } catch (error) {
        others.delete(id);
        throw unwritable(file, error);
      }
      expire();
      return { ...kept, token };
    },

    revoke(name) {
      const old = named(name);
      if (old === home)
        throw new DaimonError("conflict", 'the home\'s own token cannot be missing; "daimon token rotate" replaces it');
      replace(old, undefined);
    },

    rotate(name): ResultOf<"token/rotate"> {
      const old = named(name);
      if (old.kept.expires !== undefined && old.kept.expires <= clock.now())
        throw new DaimonError("conflict", `the token ${name} has ended; revoke it and create another`);
      const token = newToken();
      const renewed = live({ ...old.kept }, digestOf(token));
      delete renewed.kept.used;
      if (old !== home) {
        replace(old, renewed);
        return { ...renewed.kept, token };
      }
      try {
        own.renew(token);
      } catch (error) {
        throw unwritable(own.file, error);
      }
      home = renewed;
      old.cut.abort();
      return { ...renewed.kept, file: own.file };
    },

    close() {
      cancelExpiry();
      if (cancelWrite === undefined) return;
      cancelWrite();
      writeUse();
    },
  };
}

function live(kept: Live["kept"], digest: Buffer): Live {
  const cut = new AbortController();
  const { name, role, sessions } = kept;
  return { kept, digest, cut, principal: { name, role, ...(sessions ? { sessions } : {}), gone: cut.signal } };
}

const unwritable = (file: string, error: unknown): DaimonError =>
  new DaimonError("store_unavailable", `${file} cannot be written (${(error as Error).message}); nothing was changed`, {
    cause: error,
  });
