import { DaimonError, type Method, type ParamsOf, protocolVersion, type ResultOf, version } from "@daimon/protocol";
import type { Home } from "@daimon/protocol/client/home";
import { beginSignIn, finishSignIn, logIn, logOut } from "../core/keyring.ts";
import { listModels } from "../core/listing.ts";
import type {
  Blobs,
  Caller,
  Catalogue,
  Clock,
  Finding,
  Hub,
  Keyring,
  Log,
  Provider,
  Sandbox,
  Tokens,
  Tool,
} from "../core/ports.ts";

/** Answers what is about the daemon itself and no session. */

export type DeskPorts = {
  hub: Pick<Hub, "counts">;
  blobs: Blobs;
  tools: readonly Tool[];
  providers(): readonly Provider[];
  catalogue: Catalogue;
  keyring: Keyring;
  tokens: Tokens;
  log: Log;
  config: {
    readonly file: string;
    get(key?: string): unknown;
    set(key: string, value: string, tools: readonly string[]): void;
    handOn(name: string): string;
    handIn(text: string, tools: readonly string[], force: boolean): string[];
  };
  sandbox: Pick<Sandbox, "report" | "test">;
  /** What people should know of the daemon's surroundings beside what the hub knows of its sessions. */
  trouble(): readonly string[];
  home: Home;
  /** Where it is reached by TCP. */
  http: () => string | null;
  clock: Clock;
  examine: () => Promise<Finding[]>;
  stop: () => void;
};

type DeskMethod = Extract<
  Method,
  `${"daemon" | "sandbox" | "tool" | "model" | "provider" | "config" | "profile" | "blob" | "token"}/${string}`
>;
export type Desk = { [M in DeskMethod]: (params: ParamsOf<M>, caller: Caller) => Promise<ResultOf<M>> };

export const isAtDesk = (desk: Desk, method: Method): method is DeskMethod => Object.hasOwn(desk, method);

export function createDesk({
  hub,
  blobs,
  tools,
  providers,
  catalogue,
  keyring,
  tokens,
  log,
  config,
  sandbox,
  trouble,
  home,
  http,
  clock,
  examine,
  stop,
}: DeskPorts): Desk {
  const started = clock.now();

  return {
    async "daemon/status"(_, { sessions }) {
      const counts = hub.counts();
      return {
        pid: process.pid,
        version,
        protocol: protocolVersion,
        uptime: Math.max(0, (clock.now() - started) / 1000),
        ...counts,
        // It names sessions.
        trouble: sessions ? [] : [...counts.trouble, ...trouble()],
        http: http(),
        home: home.base ?? home.state,
      };
    },

    async "daemon/check"() {
      return { checks: await examine() };
    },

    async "sandbox/status"() {
      const { warnings, network, ...report } = await sandbox.report();
      return { ...report, warnings: [...warnings], network: [...network] };
    },

    async "sandbox/test"() {
      return { checks: [...(await sandbox.test())] };
    },

    async "daemon/stop"() {
      stop(); // what is answered until then still leaves
      return {};
    },

    async "tool/list"() {
      return { tools: tools.map(({ name, about, touches, input }) => ({ name, about, touches, input })) };
    },

    async "model/list"() {
      return listModels({ providers: providers(), catalogue, clock });
    },

    async "config/get"({ key }) {
      return { file: config.file, value: config.get(key) };
    },

    async "config/set"({ key, value }) {
      config.set(
        key,
        value,
        tools.map(({ name }) => name),
      );
      return { file: config.file, value: config.get(key) };
    },

    async "profile/export"({ name }) {
      return { toml: config.handOn(name) };
    },

    async "profile/import"({ toml, force = false }) {
      const names = tools.map(({ name }) => name);
      return { file: config.file, profiles: config.handIn(toml, names, force) };
    },

    async "provider/list"() {
      return {
        providers: keyring.doors().map(({ name, url, variable, is, signIn }) => ({
          name,
          ...(url === undefined ? {} : { url }),
          ...(variable === undefined ? {} : { variable }),
          is,
          ...(signIn ? { signIn: signIn.state } : {}),
        })),
      };
    },

    async "provider/login"({ provider, key }) {
      return logIn(keyring, clock, provider, key);
    },

    async "provider/signin"({ provider, callback }) {
      return beginSignIn(keyring, provider, callback);
    },

    async "provider/signedIn"({ provider, ...came }) {
      return finishSignIn(keyring, provider, came);
    },

    async "provider/logout"({ provider }) {
      return logOut(keyring, provider);
    },

    async "token/list"() {
      return { tokens: tokens.list() };
    },

    async "token/create"(wish, { actor }) {
      const made = tokens.create(wish);
      const { token: _, ...told } = made;
      log("info", "a token was made", { ...told, by: actor.principal });
      return made;
    },

    async "token/revoke"({ token }, { actor }) {
      tokens.revoke(token);
      log("info", "a token was revoked", { token, by: actor.principal });
      return {};
    },

    async "token/rotate"({ token }, { actor }) {
      const renewed = tokens.rotate(token);
      log("info", "a token was replaced", { token, by: actor.principal });
      return renewed;
    },

    async "blob/put"({ base64, type, name }) {
      return blobs.put(bytesOf(base64), type, name);
    },

    async "blob/get"({ sha256 }) {
      return { base64: Buffer.from(await findBlob(blobs, sha256)).toString("base64") };
    },
  };
}

export async function findBlob(blobs: Blobs, sha256: string): Promise<Uint8Array> {
  const bytes = await blobs.get(sha256);
  if (!bytes) throw new DaimonError("not_found", `there is no blob ${sha256}; put its bytes first`);
  return bytes;
}

/** Buffer.from leaves out what is no base64; bytes that were never sent must not be stored as if they had been. */
function bytesOf(base64: string): Uint8Array {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64))
    throw new DaimonError("invalid", "params.base64 is not base64");
  return Buffer.from(base64, "base64");
}
