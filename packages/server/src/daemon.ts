import { fileIn, type Home } from "@daimon/protocol/client/home";
import { homedir } from "node:os";
import type { LiveSettings } from "./config/index.ts";
import { createHub } from "./core/hub.ts";
import type { HubPorts } from "./core/world.ts";
import type {
  Blobs,
  Catalogue,
  Ceilings,
  Clock,
  Files,
  Guard,
  Keyring,
  Instructions,
  Log,
  NewId,
  Provider,
  Rules,
  Runtime,
  Sandbox,
  Scans,
  Store,
  Tool,
  Trust,
} from "./core/ports.ts";
import { examine } from "./doctor/index.ts";
import { ensureToken, newToken, prepareSocket, releaseSocket, takeLock, writeToken } from "./home/index.ts";
import { openTokens } from "./tokens/index.ts";
import { createTransport } from "./transport/index.ts";

/** What a daemon is made of. The functions are called once the home is locked, and not before. */
export type Adapters = {
  home: Home;
  settings: Pick<LiveSettings, "now" | "watch" | "file" | "get" | "set" | "handOn" | "handIn">;
  log: Log;
  /** Hides what must be read nowhere, as keys. */
  redact: HubPorts["redact"];
  clock: Clock;
  newId: NewId;
  reapOrphans: () => Promise<readonly { pid: number; label: string }[]>;
  openStore: () => Store;
  openBlobs: () => Blobs & { close(): Promise<void> };
  sandbox: Sandbox;
  startup: HubPorts["startup"];
  catalogue: Catalogue;
  providers: () => readonly Provider[];
  keyring: Keyring;
  runtimes: readonly Runtime[];
  tools: readonly Tool[];
  guard: Guard;
  rules: Rules;
  instructions: Instructions;
  trust: Trust;
  ceilings: Ceilings;
  files: Files;
  scans: Scans;
  /** What is wrong with the input of a call; undefined when nothing is. */
  checkInput: (tool: Tool, input: unknown) => string | undefined;
};

export type Daemon = {
  /** Resolves with the socket once it can really answer there. */
  start: () => Promise<string>;
  /** Ends what runs openly, writes what is to be written and leaves the home to the next. */
  stop: () => Promise<void>;
  /** Settles when somebody asked it to stop, and when it has. */
  readonly stopping: Promise<void>;
  readonly stopped: Promise<void>;
};

/** Milliseconds after which whoever started the daemon has what they came for. */
const settle = 1000;

export function createDaemon(adapters: Adapters): Daemon {
  const { home, settings, log, clock, newId, providers, runtimes, sandbox, tools } = adapters;
  /** What is open, and how it is closed: last opened, first closed. */
  const open = new AsyncDisposableStack();
  const stopped = Promise.withResolvers<void>();
  const stopping = Promise.withResolvers<void>();
  let asked = false;
  /** Why commands are not confined, though people want it. */
  let unsafe: string | undefined;

  async function start(): Promise<string> {
    try {
      return await build();
    } catch (error) {
      await open.disposeAsync();
      throw error;
    }
  }

  async function build(): Promise<string> {
    const lock = takeLock(home);
    open.defer(() => lock.release());
    open.defer(() => releaseSocket(home));
    const token = ensureToken(home);
    const tokens = openTokens({
      file: fileIn.tokens(home),
      own: { token, file: fileIn.token(home), renew: (renewed) => writeToken(home, renewed) },
      newToken,
      clock,
      log,
    });
    open.defer(() => tokens.close());
    for (const { pid, label } of await adapters.reapOrphans())
      log("warn", "ended a process that an earlier daemon left behind", { pid, label });

    const store = adapters.openStore();
    open.defer(() => store.close());
    const blobs = adapters.openBlobs();
    open.defer(() => blobs.close());
    open.defer(() => sandbox.close());
    const hub = createHub({
      store,
      blobs,
      clock,
      log,
      redact: adapters.redact,
      newId,
      holder: `${process.pid}-${newId()}`,
      providers,
      runtimes,
      sandbox,
      startup: adapters.startup,
      catalogue: adapters.catalogue,
      tools,
      hidden: [home.config, home.state, home.run],
      trash: fileIn.trash(home),
      guard: adapters.guard,
      rules: adapters.rules,
      home: homedir(),
      instructions: adapters.instructions,
      trust: adapters.trust,
      ceilings: adapters.ceilings,
      files: adapters.files,
      scans: adapters.scans,
      check: adapters.checkInput,
      settings() {
        const { config } = settings.now();
        return { ...config, runtime: config.python.runtime };
      },
    });

    const transport = createTransport({
      hub,
      blobs,
      clock,
      log,
      tokens,
      tools,
      providers,
      catalogue: adapters.catalogue,
      keyring: adapters.keyring,
      config: settings,
      sandbox,
      trouble: () => (unsafe === undefined ? [] : [unsafe]),
      home,
      examine: () => examine({ home, clock, keyring: adapters.keyring, providers: providers(), runtimes, sandbox }),
      stop: () => void stop(),
    });
    open.defer(() => transport.close());
    open.defer(() => hub.close());
    open.defer(() => transport.drain());
    await hub.start();
    open.defer(
      settings.watch({
        changed: () => log("info", "the settings changed"),
        refused(why) {
          log("warn", "the settings changed into something that cannot be used; those before stay", { why });
          hub.warn(`${why}; what was set before stays`);
        },
        blind: (why) => log("warn", "nobody says when settings change; they are looked at when a turn begins", { why }),
      }),
    );
    // Later: whoever waits for the daemon to answer is not to wait for this.
    open.defer(clock.after(settle, () => void lookAtSandbox((message) => hub.warn(message))));
    const { listen, ...reached } = settings.now().config.http;
    // First: where that cannot be had, nobody was answered yet.
    const http = listen === undefined ? undefined : await transport.listenTcp({ ...reached, listen });
    const socket = prepareSocket(home);
    await transport.listen(socket);
    log("info", "listening", {
      socket,
      ...(http === undefined ? {} : { http }),
      home: home.base ?? home.state,
      pidFile: fileIn.pid(home),
    });
    return socket;
  }

  async function lookAtSandbox(warn: (message: string) => void): Promise<void> {
    const { driver, confines, says } = await sandbox.report();
    if (confines || driver === "none") return;
    unsafe = says;
    warn(says);
  }

  async function stop(): Promise<void> {
    if (asked) return stopped.promise;
    asked = true;
    stopping.resolve();
    log("info", "stopping");
    try {
      await open.disposeAsync();
      log("info", "stopped");
    } catch (error) {
      log("error", "stopped, but not everything could be closed", { error });
    }
    stopped.resolve();
    return stopped.promise;
  }

  return { start, stop, stopping: stopping.promise, stopped: stopped.promise };
}
