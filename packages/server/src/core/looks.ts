import {
  DaimonError,
  type ParamsOf,
  type Recorded,
  type ResultOf,
  type SessionView,
  type Variables,
} from "@daimon/protocol";
import { nameOf } from "./actors.ts";
import type { Cells } from "./cells.ts";
import { type CapabilityAnswer, type CapabilityName, capabilityNames, type Clock, type Kernel } from "./ports.ts";

export type LookPorts = {
  cells: Cells;
  durableView(): SessionView;
  clock: Clock;
  /** Has Python started, where none is live; or says why it cannot be. */
  start(): string | undefined;
  released(passes: (recorded: Recorded) => boolean): Promise<Recorded>;
};

/** The kernel stops a look itself after two seconds. What goes on is in C, where nothing stops it. */
const patience = 5000;

type Stuck = { kernel: Kernel; since: number; at: string };

const isCapability = (name: string): name is CapabilityName =>
  name.startsWith("x.") || capabilityNames.some((known) => known === name);

/** Looking into a session's Python. Free: nothing is recorded of it, and it never waits behind a cell. */
export class Looks {
  readonly #ports: LookPorts;
  /** A look that goes on though it was stopped: whoever asks meanwhile is told and does not wait behind it. */
  #stuck: Stuck | undefined;

  constructor(ports: LookPorts) {
    this.#ports = ports;
  }

  async capability(name: string, arg: string | undefined, mayStart: boolean): Promise<CapabilityAnswer> {
    if (!isCapability(name))
      throw new DaimonError("not_found", `there is no capability ${name}; there are: ${capabilityNames.join(", ")}`);
    if (name !== "list_globals" && name !== "get_last_exception" && !arg?.trim())
      throw new DaimonError("invalid", `${name} needs an expression to look at`);
    const kernel = await this.#idle(mayStart);
    if (kernel === "none")
      return { ok: false, text: "Python is not running in this session yet, so nothing is defined; run a cell first." };
    if (typeof kernel === "string") return { ok: false, text: kernel };
    const look = arg === undefined ? name : `${name} ${arg.slice(0, 100)}`;
    return this.#patiently(kernel, look, kernel.capability(name, arg), (text) => ({ ok: false, text }));
  }

  /** The answer, or what is said instead when none comes. */
  #patiently<T>(kernel: Kernel, at: string, answer: Promise<T>, otherwise: (why: string) => T): Promise<T> {
    const { clock } = this.#ports;
    const since = clock.now();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const stuck: Stuck = { kernel, since, at };
    const cancel = clock.after(patience, () => {
      this.#stuck = stuck;
      resolve(otherwise(this.#said(stuck)));
    });
    void answer.then(resolve, reject).finally(() => {
      cancel();
      if (this.#stuck === stuck) this.#stuck = undefined;
    });
    return promise;
  }

  #said({ since, at }: Stuck): string {
    const seconds = Math.round((this.#ports.clock.now() - since) / 1000);
    return `busy for ${seconds} s: ${at} runs code of the value in C, which nothing stops; wait for it, or /restart Python (its variables are lost)`;
  }

  /** As they are now; a Python that is not there holds none, and none is started for a look. */
  async variables(): Promise<Variables> {
    const kernel = await this.#idle(false);
    if (typeof kernel === "string") return kernel === "none" ? { rows: [] } : { rows: [], busy: kernel };
    return (await kernel.variables()) ?? { rows: [], busy: "Python gave no answer" };
  }

  async complete({ code, cursor }: ParamsOf<"session/complete">): Promise<ResultOf<"session/complete">> {
    const kernel = await this.#idle(true);
    return typeof kernel === "string" ? { matches: [], start: cursor, end: cursor } : kernel.complete(code, cursor);
  }

  async isComplete({ code }: ParamsOf<"session/isComplete">): Promise<ResultOf<"session/isComplete">> {
    const kernel = await this.#idle(true);
    // Busy: nobody can tell now. The cell would wait anyway, and Python itself says what is wrong with it.
    return typeof kernel === "string" ? { is: "complete" } : kernel.isComplete(code);
  }

  /** The kernel when it rests; else why it cannot be looked into. */
  async #idle(mayStart: boolean): Promise<Kernel | string> {
    const { cells, durableView: view, start, released, clock } = this.#ports;
    const refused = mayStart && !cells.kernel ? start() : undefined;
    if (refused !== undefined) return refused;
    if (mayStart && !cells.kernel)
      await released(
        ({ event }) =>
          event.type === "kernel.started" || event.type === "kernel.lost" || event.type === "kernel.stopped",
      );
    const { kernel } = view();
    if (kernel.is === "running") {
      const seconds = Math.max(0, Math.round((clock.now() - kernel.since) / 1000));
      return `busy for ${seconds} s: cell ${kernel.cell} by ${nameOf(kernel.by)}`;
    }
    if (!cells.kernel || kernel.is !== "idle") return "none";
    return this.#stuck?.kernel === cells.kernel ? this.#said(this.#stuck) : cells.kernel;
  }
}
