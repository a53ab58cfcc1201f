import { Type } from "typebox";
import { contextOf } from "../../packages/server/src/core/context.ts";
import { materialise } from "../../packages/server/src/core/materialise.ts";
import type {
  Blobs,
  ModelEvent,
  ModelRequest,
  Provider,
  Tool,
  ToolContext,
  ToolResult,
} from "../../packages/server/src/core/ports.ts";
import type { Truth } from "./truth.ts";

/** A model and its tools that go on when they are told to, and tell on the core when they are used too early. */

type Step = { event: ModelEvent } | { fail: string };
export type Stream = { session: string; step: number; signal: AbortSignal; done: boolean; tell(step: Step): void };
export type Running = { session: string; id: number; progress(text: string): void; end(): void };

export class ScriptedMind {
  readonly provider: Provider;
  readonly tools: readonly Tool[];
  streams: Stream[] = [];
  running: Running[] = [];
  /** How often each call of a tool really had its effect. */
  readonly runs = new Map<string, number>();
  readonly #truth: Truth;
  readonly #blobs: Blobs;
  readonly #asked = new Set<string>();

  constructor(truth: Truth, blobs: Blobs) {
    this.#truth = truth;
    this.#blobs = blobs;
    this.provider = {
      name: "scripted",
      models: async () => [],
      stream: (request, signal) => this.#stream(request, signal),
    };
    this.tools = [
      this.#tool("touch", "files", false),
      this.#tool("peek", "nothing", true),
      this.#tool("reach", "files", true),
    ];
  }

  #stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const { session } = request;
    const { turn } = this.#truth.view(session);
    const step = turn.is === "idle" ? 0 : (turn.step ?? 0);
    const key = `${session} ${step}`;
    // Who asks for a summary offers no tools, and asks outside of turns.
    const summary = request.tools.length === 0;
    if (step === 0 && !summary)
      this.#truth.wrong(`the model of ${session} is asked while the log says ${JSON.stringify(turn)}`);
    if (signal.aborted) this.#truth.wrong(`the model of ${session} is asked after its turn was told to stop`);
    if (this.#asked.has(key) && !summary) this.#truth.wrong(`the model is asked twice for step ${key}`);
    this.#asked.add(key);
    const seen = summary ? undefined : this.#compare(request);

    const steps: Step[] = [];
    let wake = () => {};
    const stream: Stream = {
      session,
      step,
      signal,
      done: false,
      tell: (next) => {
        steps.push(next);
        wake();
      },
    };
    this.streams.push(stream);
    const over = () => {
      stream.done = true;
      this.streams = this.streams.filter((other) => other !== stream);
      wake();
    };
    if (signal.aborted) over();
    signal.addEventListener("abort", over);
    return (async function* () {
      await seen;
      for (;;) {
        const next = steps.shift();
        if (stream.done) throw signal.reason;
        if (!next) await new Promise<void>((resolve) => (wake = resolve));
        else if ("fail" in next) {
          over();
          throw new Error(next.fail);
        } else {
          if (next.event.type === "end") over();
          yield next.event;
          if (next.event.type === "end") return;
        }
      }
    })();
  }

  /** What the model is shown is what a fresh reading of the log begins with. */
  async #compare({ session, messages }: ModelRequest): Promise<void> {
    const fresh = contextOf(this.#truth.events(session), this.#truth.view(session).head).messages;
    const expected = await materialise(fresh, this.#blobs, this.#truth.view(session).model);
    if (JSON.stringify(messages) !== JSON.stringify(expected.slice(0, messages.length)))
      this.#truth.wrong(`the model of ${session} sees ${JSON.stringify(messages)} and not ${JSON.stringify(expected)}`);
  }

  #tool(name: string, touches: "files" | "nothing", free: boolean): Tool {
    return {
      name,
      about: name,
      input: Type.Object({ id: Type.Integer(), stubborn: Type.Boolean() }),
      touches,
      repeatable: free,
      parallel: free,
      show: (input) => ({ text: `${name} ${JSON.stringify(input)}` }),
      run: (input, context) => this.#run(input as { id: number; stubborn: boolean }, context),
    };
  }

  async *#run({ id, stubborn }: { id: number; stubborn: boolean }, { session, signal }: ToolContext) {
    const events = this.#truth.events(session);
    const requested = events.find(({ event }) => event.type === "call.requested" && event.callId === `call ${id}`);
    const starts = events.filter(({ event }) => event.type === "call.started" && event.call === requested?.seq);
    const runs = (this.runs.get(`call ${id}`) ?? 0) + 1;
    this.runs.set(`call ${id}`, runs);
    if (starts.length !== 1) this.#truth.wrong(`call ${id} runs while the log has ${starts.length} starts of it`);
    if (runs > starts.length) this.#truth.wrong(`call ${id} runs ${runs} times and was started ${starts.length} times`);

    if (signal.aborted) this.#truth.wrong(`call ${id} runs after it was told to stop`);

    const said: string[] = [];
    let ended = false;
    let wake = () => {};
    const running: Running = {
      session,
      id,
      progress: (text) => {
        said.push(text);
        wake();
      },
      end: () => {
        ended = true;
        wake();
      },
    };
    this.running.push(running);
    signal.addEventListener("abort", () => wake());
    try {
      for (;;) {
        const text = said.shift();
        if (signal.aborted && !stubborn) throw new Error("aborted");
        if (text !== undefined) yield { text };
        else if (ended) return { text: `did ${id}` } satisfies ToolResult;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.running = this.running.filter((other) => other !== running);
    }
  }
}
