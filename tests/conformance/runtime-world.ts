import { afterAll, beforeAll } from "vitest";
import type { CellResult, Child, Kernel, KernelExit, Runtime, Sandbox } from "../../packages/server/src/core/ports.ts";

/** What a runtime promises beyond what all of them do. */
export type Traits = { keepsCheckpoints: boolean; keepsSpare: boolean };

export type RuntimeUnderTest = {
  runtime: Runtime;
  sandbox: Sandbox;
  /** The folder that its sessions work in. */
  cwd: string;
  /** How much memory it may take, in bytes. */
  memory: number;
  /** A file of the host that a sealed Python must not reach. */
  secret: string;
  /** Python that does its worst to whatever connects it with the daemon. */
  forgery: string[];
  end(): Promise<void>;
};
export type MakeRuntime = () => Promise<RuntimeUnderTest>;

type Watched = {
  result: Promise<CellResult>;
  /** What it printed, and in which order: "stdout one". */
  out(): string;
  pieces: string[];
  displays: unknown[];
  /** Settles when the output so far contains the text. */
  says(text: string): Promise<void>;
  /** Settles when the output so far is such. */
  hears(such: (out: string) => boolean): Promise<void>;
  /** Settles with the prompt when Python waits for a line. */
  asks(): Promise<{ prompt: string; password: boolean }>;
};

let cells = 0;

/** Runs a cell in that kernel and keeps what it says. */
export function watchIn(kernel: Kernel, code: string): Watched {
  let out = "";
  const pieces: string[] = [];
  const displays: unknown[] = [];
  const questions: { prompt: string; password: boolean }[] = [];
  let changed = Promise.withResolvers<void>();
  const tell = () => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  const hears = async (such: (out: string) => boolean) => {
    while (!such(out)) await changed.promise;
  };
  const result = kernel.exec(
    { id: ++cells, code },
    {
      output: (stream, text) => {
        out += text;
        if (pieces.at(-1)?.startsWith(`${stream} `)) pieces.push(pieces.pop() + text);
        else pieces.push(`${stream} ${text}`);
        tell();
      },
      display: (value) => void displays.push(value),
      input: (prompt, password) => {
        questions.push({ prompt, password });
        tell();
      },
    },
  );
  return {
    result,
    out: () => out,
    pieces,
    displays,
    says: (text) => hears((all) => all.includes(text)),
    hears,
    asks: async () => {
      for (;;) {
        const question = questions.shift();
        if (question !== undefined) return question;
        await changed.promise;
      }
    },
  };
}

export const runIn = (kernel: Kernel, code: string): Promise<CellResult> => watchIn(kernel, code).result;

export const exitOf = (kernel: Kernel) => new Promise<KernelExit>((resolve) => kernel.onExit(resolve));

const never = new AbortController().signal;

/** One runtime, its processes, and one kernel that most tests share. Made before the first test of the suite. */
export class World {
  readonly #make: MakeRuntime;
  #under: RuntimeUnderTest | undefined;
  #kernel: Kernel | undefined;
  #sandbox: Sandbox | undefined;
  #spawned = Promise.withResolvers<Child>();
  readonly children: Child[] = [];

  constructor(make: MakeRuntime) {
    this.#make = make;
    beforeAll(() => this.#begin(), 120_000);
    afterAll(() => this.#end());
  }

  async #begin(): Promise<void> {
    const under = (this.#under = await this.#make());
    this.#sandbox = {
      ...under.sandbox,
      spawn: async (argv, profile, signal) => {
        const child = await under.sandbox.spawn(argv, profile, signal);
        this.children.push(child);
        this.#spawned.resolve(child);
        this.#spawned = Promise.withResolvers();
        return child;
      },
    };
    this.#kernel = await this.start();
  }

  async #end(): Promise<void> {
    this.runtime.warm(this.sandbox, false);
    for (const child of this.children) child.kill("SIGKILL");
    await Promise.all(this.children.map((child) => child.exited));
    await this.under.end();
  }

  get under(): RuntimeUnderTest {
    return made(this.#under);
  }
  get runtime(): Runtime {
    return this.under.runtime;
  }
  get sandbox(): Sandbox {
    return made(this.#sandbox);
  }
  get kernel(): Kernel {
    return made(this.#kernel);
  }

  start({ signal = never, cwd = this.under.cwd }: { signal?: AbortSignal; cwd?: string } = {}): Promise<Kernel> {
    return this.runtime.start({ session: "s", cwd, generation: 7 }, this.sandbox, signal);
  }

  /** A kernel that the next test knows nothing of, and its process. */
  async alone(): Promise<{ kernel: Kernel; process: Child }> {
    const kernel = await this.start();
    return { kernel, process: this.children.at(-1) as Child };
  }

  /** The next process that is started. */
  nextChild(): Promise<Child> {
    return this.#spawned.promise;
  }

  watch = (code: string): Watched => watchIn(this.kernel, code);
  run = (code: string): Promise<CellResult> => runIn(this.kernel, code);
  value = async (code: string): Promise<string | undefined> => (await this.run(code)).result?.text;
}

function made<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error("the world is made before the first test");
  return thing;
}
