import type { Mode, Recorded, SessionView, Value } from "@daimon/protocol";
import { type Block, Context, contextOf } from "./context.ts";
import { materialise } from "./materialise.ts";
import type { Blobs, Catalogue, Instruction, Instructions, ModelRequest, Store, Tool, Trust } from "./ports.ts";
import { offered } from "./offered.ts";
import { offers, type Profile } from "./profiles.ts";
import { readAll } from "./read.ts";
import { systemPrompt } from "./system.ts";

export type ConversationPorts = {
  session: string;
  store: Store;
  blobs: Blobs;
  catalogue: Catalogue;
  tools: ReadonlyMap<string, Tool>;
  instructions: Instructions;
  trust: Trust;
  view(): SessionView;
  durable(): Promise<void>;
};

/** The model's side of a session: its context, read from the log when first needed and grown with it from there. */
export class Conversation {
  readonly #ports: ConversationPorts;
  #context: Context | undefined;
  #loading: { tail: Recorded[] } | undefined;
  #project: { turn: number; cwd: string; instructions: readonly Instruction[] } | undefined;
  /** Where reading begins: the last compaction on the path, or what still waited then. */
  from: number;

  constructor(ports: ConversationPorts, from: number) {
    this.#ports = ports;
    this.from = from;
    if (ports.view().seq === 0) this.#context = new Context();
  }

  add(recorded: Recorded): void {
    if (recorded.event.type === "head.moved") {
      this.forget();
      // The compaction may not be on the new path.
      this.from = 0;
    }
    if (recorded.event.type === "context.compacted") this.from = recorded.event.from;
    this.#context?.add(recorded);
    this.#loading?.tail.push(recorded);
  }

  /** The log went another way than was thought: what is known of it is read anew. */
  forget(): void {
    this.#context = undefined;
    this.#loading = undefined;
  }

  async context(): Promise<Context> {
    return this.#context ?? this.#load();
  }

  /** How often in a row the model made this very call since anybody else spoke or did something, this time included. */
  async repeats(callId: string): Promise<number> {
    const { messages } = await this.context();
    const since = messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1);
    const calls = since.flatMap((message) => (message.role === "assistant" ? message.blocks : [])).filter(isCall);
    const last = calls.findLastIndex((call) => call.callId === callId);
    const made = calls.slice(0, last + 1).map(({ tool, input, whole }) => JSON.stringify([tool, input, whole]));
    return made.length - 1 - made.findLastIndex((call) => call !== made.at(-1));
  }

  async request(profile: Profile, mode: Mode): Promise<Omit<ModelRequest, "model">> {
    const { session, blobs, catalogue, tools, view } = this.#ports;
    const context = await this.context();
    const { model } = view();
    // A model that takes no pictures refuses the whole conversation for the sake of one.
    const sees = (await catalogue.info(model))?.images !== false;
    const messages = await materialise(context.messages, blobs, model, sees);
    const { temperature = profile.temperature, maxTokens = profile.maxTokens } = view();
    const given = offered(
      [...tools.values()].filter((tool) => offers(profile, tool.name) && tool.useful?.(view()) !== false),
    );
    const instructions = await this.#instructions();
    const system = systemPrompt({ ...view(), mode }, { tools: given.map(({ name }) => name), instructions, profile });
    return {
      session,
      system,
      messages,
      tools: given,
      thinking: view().thinking,
      ...(temperature === undefined ? {} : { temperature }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
    };
  }

  /** As they were when the turn began: an edit in its middle would cost all that the provider's cache holds. */
  async #instructions(): Promise<readonly Instruction[]> {
    const { view, trust, instructions } = this.#ports;
    const { cwd, turn: lane } = view();
    const turn = lane.is === "idle" ? 0 : lane.id;
    if (this.#project?.turn !== turn || this.#project.cwd !== cwd) {
      const { trusted } = await trust.of(cwd);
      this.#project = { turn, cwd, instructions: trusted ? await instructions.of(cwd) : [] };
    }
    return this.#project.instructions;
  }

  /** A call's input as the model gave it, from the log. */
  async input(call: number): Promise<unknown> {
    const { store, session, blobs } = this.#ports;
    const [recorded] = await store.read(session, { after: call - 1, limit: 1 });
    if (recorded?.event.type !== "call.requested") throw new Error(`event ${call} is no call`);
    const { input, whole } = recorded.event;
    if (!whole) return input;
    const bytes = await blobs.get(whole.sha256);
    if (!bytes) throw new Error(`the input of call ${call} is lost: its blob is missing`);
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  /** All of what a call came to: it ended somewhere behind where it was requested. */
  async result(call: number): Promise<Uint8Array | undefined> {
    const { store, session, blobs, view } = this.#ports;
    for (let after = call; after < view().seq;) {
      const page = await store.read(session, { after, limit: 200 });
      for (const { event } of page)
        if (event.type === "call.finished" && event.call === call) return wholeOf(event.value, blobs);
      after = page.at(-1)?.seq ?? Infinity;
    }
    return undefined;
  }

  async #load(): Promise<Context> {
    const { store, session, view, durable } = this.#ports;
    const loading = (this.#loading = { tail: [] as Recorded[] });
    const { seq, head } = view();
    await durable();
    const events = await readAll(store, session, this.from === 0 ? 0 : this.from - 1);
    const context = contextOf(
      events.filter((recorded) => recorded.seq <= seq),
      head,
    );
    for (const recorded of loading.tail) context.add(recorded);
    // The head may have moved meanwhile: then this one answers the request that asked for it, and is not kept.
    if (this.#loading === loading) {
      this.#context = context;
      this.#loading = undefined;
    }
    return context;
  }
}

const wholeOf = async ({ text, bundle }: Value, blobs: Pick<Blobs, "get">): Promise<Uint8Array | undefined> => {
  const whole = bundle?.["text/plain"];
  return typeof whole === "object" ? blobs.get(whole.sha256) : new TextEncoder().encode(whole ?? text);
};

const isCall = (block: Block) => block.kind === "call";
