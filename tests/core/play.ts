import { type Actor, emptyText, type SessionEvent } from "../../packages/protocol/src/index.ts";
import { contextOf } from "../../packages/server/src/core/context.ts";
import { materialise } from "../../packages/server/src/core/materialise.ts";
import type { Blobs, ModelEvent, ModelRequest, Tool } from "../../packages/server/src/core/ports.ts";
import type { Verdict } from "../../packages/server/src/core/policy.ts";
import { defaultLimits } from "../../packages/server/src/core/rules.ts";
import type { Scribe } from "../../packages/server/src/core/scribe.ts";
import { playTurn, type TurnPorts } from "../../packages/server/src/core/turn.ts";
import { ManualClock } from "../model/clock.ts";
import { Story } from "./story.ts";

export const end = (stop: "end" | "calls"): ModelEvent => ({ type: "end", stop, usage: { input: 10, output: 10 } });
export const call = (callId: string, tool = "t"): ModelEvent => ({ type: "call", callId, tool, input: {} });
export const text = (said: string): ModelEvent => ({ type: "text", text: said });

const verdicts: Record<Verdict["is"], Verdict> = {
  allow: { is: "allow", because: "the test" },
  ask: { is: "ask", rule: { tool: "t" } },
  deny: { is: "deny", why: "no" },
};

/** What a model says; an error is where it breaks off, a function what happens meanwhile. */
export type Said = ModelEvent | Error | (() => void);

/** A turn on a story instead of a session: everything is durable at once, and the model says what the steps say. */
export class Play {
  readonly story = new Story().created();
  readonly asked: ModelRequest[] = [];
  readonly ran: string[] = [];
  run: (callId: string) => void = () => {};
  /** Happens while somebody waits for the disk. */
  writing: () => void = () => {};
  readonly abort = new AbortController();
  limits = defaultLimits;
  verdict: "allow" | "ask" | "deny" = "allow";
  /** Where it would run, as people are told when they are asked. */
  cwd = "/here";
  repeatable = false;
  readonly #said = new Map<number, string>();
  progress = emptyText;
  said = "";
  failure = "";
  window: number | undefined;
  /** How often in a row a call was made; once where nothing is said. */
  readonly repeats: Record<string, number> = {};
  price: number | undefined;
  overBudget: string | undefined;
  readonly clock = new ManualClock();
  /** How long it waited before it tried again. */
  readonly waits: number[] = [];
  /** How far the log was written when somebody last waited for it. */
  written = 0;

  async play(...steps: Said[][]): Promise<this> {
    const { story } = this;
    if (story.view.turn.is === "idle") story.start(story.input("go"));
    await playTurn(this.#ports(steps), this.abort.signal);
    return this;
  }

  #ports(steps: Said[][]): TurnPorts {
    const { story, asked, ran } = this;
    const scribe: Scribe = {
      get view() {
        return story.view;
      },
      check: () => {},
      record: (by: Actor, events: SessionEvent[]) => {
        const from = story.events.length;
        story.tellAll(events, by);
        return story.events.slice(from);
      },
      durable: async () => {
        this.writing();
        this.written = story.view.seq;
      },
      delta: (block, more) => void this.#said.set(block, (this.#said.get(block) ?? "") + more),
      text: (block) =>
        story.view.blocks.some(({ id, kind }) => id === block && kind === "call")
          ? this.progress
          : { text: this.#said.get(block) ?? "", omitted: 0 },
    };
    const { said, failure } = this;
    const run = (id: string) => this.run(id);
    const tool: Tool = {
      name: "t",
      about: "",
      input: {},
      touches: "files",
      repeatable: this.repeatable,
      parallel: false,
      show: () => ({ text: "t" }),
      async *run() {
        const running = story.calls.find(({ state }) => state === "started")?.callId ?? "";
        ran.push(running);
        yield { text: "working" };
        run(running);
        return { text: `result of ${running}${said}` };
      },
    };
    return {
      scribe,
      limits: this.limits,
      log: () => {},
      provider: (model) => ({
        model,
        provider: {
          name: "scripted",
          models: async () => [],
          async *stream(request) {
            asked.push(request);
            if (failure) throw new Error(failure);
            for (const next of steps.shift() ?? [text("rests"), end("end")]) {
              if (next instanceof Error) throw next;
              if (typeof next === "function") next();
              else yield next;
            }
          },
        },
      }),
      request: async () => {
        const messages = await materialise(contextOf(story.events, story.view.head).messages, {} as Blobs, "m");
        return { model: "", system: "", messages, tools: [], session: "s", thinking: "off" };
      },
      tool: (name) => (name === "t" ? tool : undefined),
      check: () => undefined,
      verdict: async () => verdicts[this.verdict],
      place: () => ({ cwd: this.cwd }),
      watch: async () => undefined,
      context: (_, signal) => ({ signal }) as ReturnType<TurnPorts["context"]>,
      input: async () => ({}),
      blobs: { put: async (bytes, type) => ({ sha256: "", bytes: bytes.length, type }) },
      texts: () => new Map(),
      uses: () => {},
      lines: () => 0,
      clock: { after: (ms, due) => this.clock.after(ms, due), now: () => story.view.at },
      patience: () => ({ first: 60_000, between: 10_000 }),
      session: "s",
      conversation: async () => contextOf(story.events, story.view.head),
      overBudget: async () => this.overBudget,
      sayCosts: async () => {},
      repeats: async (callId) => this.repeats[callId] ?? 1,
      window: async () => this.window,
      price: async (_, usage) => usage && this.price,
      wait: async (ms) => void this.waits.push(ms),
      changed: () => new Promise(() => {}),
    };
  }

  get types(): string[] {
    return this.story.events.map(({ event }) => event.type);
  }
}
