import { type Actor, DaimonError, type SessionEvent, type SessionView } from "@daimon/protocol";
import { compact, type CompactionPorts } from "./compaction.ts";
import type { Decided } from "./rules.ts";

export type CompactionsPorts = CompactionPorts & {
  view(): SessionView;
  /** How often the head was moved so far. */
  moves(): number;
  record(by: Actor, event: SessionEvent): void;
  durable(): Promise<void>;
  warn(message: string): void;
};

/** Compactions that people ask for, one at a time. Nothing waits for them: what comes of one is an event, or a warning. */
export class Compactions {
  readonly #ports: CompactionsPorts;
  #running: AbortController | undefined;

  constructor(ports: CompactionsPorts) {
    this.#ports = ports;
  }

  /** An interrupt that is about the summary: nothing else runs, or it is meant by name. Undefined where it is not. */
  interrupted(method: string, params: object): Decided | undefined {
    if (method !== "session/interrupt") return undefined;
    const target = "target" in params ? params.target : undefined;
    const { seq, turn, kernel } = this.#ports.view();
    const meant = target === "summary" || (target === undefined && turn.is === "idle" && kernel.is !== "running");
    if (!meant || !this.#running) return undefined;
    this.stop();
    return { events: [], result: { seq, target: "summary", id: seq } };
  }

  mustBeFree(): void {
    if (this.#running) throw new DaimonError("busy", "a summary is being made already");
  }

  start(by: Actor, focus: string | undefined): void {
    // Two may have been asked for before the first was durable: one answers both.
    if (this.#running) return;
    const running = (this.#running = new AbortController());
    this.#make(by, focus, running.signal)
      .catch((error: unknown) => {
        if (running.signal.aborted) return;
        this.#ports.warn(`no summary was made: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
  }

  stop(): void {
    if (!this.#running) return;
    this.#running.abort();
    this.#running = undefined;
    this.#ports.warn("the summary was given up; ask for it again");
  }

  async #make(by: Actor, focus: string | undefined, signal: AbortSignal): Promise<void> {
    const { view, moves, record } = this.#ports;
    const before = moves();
    const { model } = view();
    const spent = await this.#ports.overBudget(model);
    if (spent !== undefined) throw new Error(spent);
    const event = await compact(this.#ports, model, { focus, keep: 0 }, signal);
    signal.throwIfAborted();
    if (!event) throw new Error("there is nothing to summarise yet");
    if (moves() !== before) throw new Error("the conversation went another way meanwhile");
    record(by, event);
    await this.#ports.durable();
    await this.#ports.sayCosts();
  }
}
