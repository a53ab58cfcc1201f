import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as tick } from "node:timers/promises";
import { DaimonError, type Limits, type ResultOf, type SessionView } from "../../packages/protocol/src/index.ts";
import { sessionFiles } from "../../packages/server/src/tools/undo/index.ts";
import { openGuard } from "../../packages/server/src/guard/index.ts";
import { createHub } from "../../packages/server/src/core/hub.ts";
import type { KeptRule, Log, Receipt } from "../../packages/server/src/core/ports.ts";
import { openBlobs } from "../../packages/server/src/store/blobs/index.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/index.ts";
import { checkInput } from "../../packages/server/src/tools/check.ts";
import { tools } from "../../packages/server/src/tools/index.ts";
import { Asking } from "./asking.ts";
import { Client } from "./client.ts";
import { ManualClock } from "./clock.ts";
import { countedBlobs, Disk } from "./disk.ts";
import { ScriptedMind } from "./mind.ts";
import { ScriptedPython } from "./python.ts";
import { Truth } from "./truth.ts";

export const sessions = ["first", "second"] as const;
/** Nobody pulls the plug here, so files in memory will do: thousands of runs would wait for the disk. */
const folder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** The real hub, journal, SQLite store and blobs, with a clock, a model, tools and a Python that wait to be told. */
export class World {
  readonly clock = new ManualClock();
  readonly truth = new Truth();
  readonly disk: Disk;
  readonly mind: ScriptedMind;
  readonly python: ScriptedPython;
  readonly hub: ReturnType<typeof createHub>;
  readonly asking: Asking;
  readonly clients: readonly Client[];
  /** What the log may be told: the store failed, a model failed. Everything else is a bug. */
  readonly expected = new Set(["a session cannot be written", "a turn failed", "Python could not be started"]);
  readonly #folder = mkdtempSync(join(folder, "daimon-model-"));
  readonly #real;
  readonly #files;
  readonly blobs;
  ids = 0;
  /** What people answered for more than one session. */
  readonly rules: KeptRule[] = [];
  /** Why nobody can read them. */
  rulesFail = "";
  /** How many actions commits still wait for. */
  held = 0;

  constructor(sealed: boolean, limits: Limits = {}) {
    const { clock, truth } = this;
    const log: Log = (level, message, fields) => {
      const asked = message !== "a session cannot be written" || fields?.["reason"] === "injected";
      if ((level === "error" || level === "warn") && !(asked && this.expected.has(message)))
        truth.wrong(`the log says: ${message} ${JSON.stringify(fields)}`);
    };
    this.#real = openSqliteStore({ file: join(this.#folder, "daimon.db"), clock, log });
    this.#files = openBlobs({ folder: join(this.#folder, "blobs"), clock });
    this.blobs = countedBlobs(this.#files);
    this.disk = new Disk(this.#real, truth);
    this.mind = new ScriptedMind(truth, this.blobs);
    this.python = new ScriptedPython(truth, sealed);
    this.hub = createHub({
      store: this.disk.store,
      blobs: this.blobs,
      clock,
      log,
      redact: (text) => text,
      newId: () => `made-${++this.ids}`,
      holder: "the model",
      providers: () => [this.mind.provider],
      runtimes: [this.python.runtime],
      catalogue: { info: async () => undefined, price: async () => undefined },
      sandbox: {
        name: "none",
        confines: false,
        network: [],
        ready: async () => {},
        says: () => "nothing",
        spawn: () => Promise.reject(new Error("nothing is spawned here")),
        close: async () => {},
        report: async () => ({ driver: "none", confines: false, says: "nothing", warnings: [], network: [] }),
        test: async () => [],
      },
      startup: async () => undefined,
      instructions: { of: async () => [], found: async () => [] },
      trust: { of: async (cwd) => ({ folder: cwd, trusted: false, answered: false }), say: async () => {} },
      files: sessionFiles,
      scans: { mark: async () => ({ differences: async () => ({ changed: [], unseen: [] }) }), unseen: async () => [] },
      ceilings: { file: "", found: async () => false, of: async () => undefined },
      tools: [...this.mind.tools, ...tools],
      hidden: [],
      trash: "/nowhere",
      guard: openGuard(),
      rules: {
        kept: async () => {
          if (this.rulesFail !== "") throw new DaimonError("invalid", this.rulesFail);
          return this.rules;
        },
        keep: async (rule) => void this.rules.push(rule),
        revoke: async () => false,
      },
      home: "/home/ann",
      check: checkInput,
      settings: () => ({
        model: "scripted/model",
        mode: "ask",
        runtime: "scripted",
        limits,
        budget: { warn: 0.8 },
        patience: {},
        profiles: {},
      }),
      impossible: (what) => truth.wrong(`impossible: ${what}`),
    });
    this.asking = new Asking(this.hub, truth, clock, ({ method, params }, result) => {
      if (method !== "session/interrupt") return;
      const { target, id } = result as ResultOf<"session/interrupt">;
      if (target === "cell") this.python.stopped((params as { sessionId: string }).sessionId, id);
    });
    this.clients = [
      new Client("ann", "local", this.hub, truth),
      new Client("bob", "local", this.hub, truth),
      new Client("cleo", "other", this.hub, truth),
    ];
  }

  /** What the store itself knows of a command. */
  kept(principal: string, opId: string): Promise<Receipt | undefined> {
    return this.#real.receipt(principal, opId);
  }

  client(index: number): Client {
    return this.clients[index % this.clients.length] as Client;
  }

  /** The session as this client knows it, which may be long ago; as it is for those who never looked. */
  seen(client: Client, session: string): SessionView {
    const known = client.folds.get(session)?.view;
    return known && known.seq > 0 ? known : this.truth.view(session);
  }

  async start(): Promise<void> {
    await this.hub.start();
    this.asking.ask(this.client(0), "session/create", { id: sessions[0], cwd: "/tmp" });
    await this.quiet();
  }

  /** Some ticks; everybody who is not stalled reads what came. */
  async pause(ticks: number): Promise<void> {
    for (let left = ticks; left > 0; left--) await tick();
    while (ticks > 2 && this.blobs.underWay > 0) await tick();
    for (const client of this.clients) client.link?.read();
  }

  quiet(): Promise<void> {
    return this.pause(12);
  }

  async end(): Promise<void> {
    await this.hub.close();
    await this.quiet();
    await this.#real.close();
    await this.#files.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
