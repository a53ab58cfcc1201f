import { type Actor, type BlobRef, fit, type Recorded, type SessionView } from "@daimon/protocol";
import { nameOf } from "./actors.ts";
import type { AssistantBlock, Blobs, Image, Message } from "./ports.ts";

/**
 * What the model sees: the path from the root (or the last compaction) to the head, as messages. Folded one
 * event at a time, and between compactions it only ever grows at its end: providers' prompt caches live by that.
 */

/** `model`: whose payload it carries. */
type Block = AssistantBlock & { model?: string; whole?: BlobRef };
type Said = { role: "user"; text: string; whole?: BlobRef; blobs?: BlobRef[] };
/** A message whose long parts are still blobs. */
export type Drawn =
  | Said
  | { role: "assistant"; blocks: Block[] }
  | { role: "tool"; callId: string; tool: string; ok: boolean; text: string };

type Cell = { code: string; by: Actor; output: string; call: boolean };

export class Context {
  readonly messages: Drawn[] = [];
  readonly #inputs = new Map<number, Said>();
  readonly #cells = new Map<number, Cell>();
  readonly #blocks = new Map<number, number>();
  readonly #calls = new Map<number, { callId: string; tool: string }>();
  /** While a model speaks, and while calls of it lack their results: what people do meanwhile comes after that. */
  #speaking = false;
  #unanswered = 0;
  #later: Drawn[] = [];
  /** Words of a step that was cut: kept only if the turn ends with them, dropped when the step is tried again. */
  #cut: string[] = [];
  #model = "";

  add({ seq, by, event }: Recorded): void {
    switch (event.type) {
      case "input.queued": {
        const { text, whole, blobs } = event;
        this.#inputs.set(seq, { role: "user", text, ...(whole ? { whole } : {}), ...(blobs ? { blobs } : {}) });
        break;
      }
      case "input.taken": {
        const input = this.#inputs.get(event.input);
        if (input) this.#push(input);
        this.#inputs.delete(event.input);
        break;
      }
      case "step.started":
        this.#cut = [];
        this.#model = event.model;
        // A step that is tried again hears of what came meanwhile.
        this.#spoken();
        this.#speaking = true;
        break;
      case "step.ended":
        this.#spoken();
        break;
      case "text.closed":
        if (event.cut) this.#cut.push(event.text);
        else if (event.text !== "") this.#say({ kind: "text", text: event.text });
        break;
      case "thinking.closed":
        if (!event.cut)
          this.#say({
            kind: "thinking",
            text: event.text,
            model: this.#model,
            ...(event.payload === undefined ? {} : { payload: event.payload }),
          });
        break;
      case "call.requested": {
        const { callId, tool, input, whole, payload, malformed } = event;
        this.#calls.set(seq, { callId, tool });
        this.#unanswered++;
        this.#say({
          kind: "call",
          callId,
          tool,
          // No provider takes back arguments that are no object.
          input: malformed ? { malformed: input } : input,
          ...(whole ? { whole } : {}),
          ...(payload === undefined ? {} : { payload, model: this.#model }),
        });
        break;
      }
      case "call.finished": {
        const call = this.#calls.get(event.call);
        if (!call) break;
        this.#calls.delete(event.call);
        this.messages.push({ role: "tool", ...call, ok: event.ok, text: event.value.text });
        this.#unanswered--;
        this.#catchUp();
        break;
      }
      case "turn.ended":
        for (const text of this.#cut.splice(0))
          if (text !== "" && event.outcome !== "done") this.#say({ kind: "text", text });
        this.#spoken();
        if (event.outcome === "done") break;
        this.#push({
          role: "user",
          text: `[daimon] That turn was ${event.outcome}${event.reason ? `: ${event.reason}` : ""}.`,
        });
        break;
      case "cell.queued":
        this.#cells.set(seq, { code: event.code, by, output: "", call: event.call !== undefined });
        break;
      case "cell.opened":
        this.#blocks.set(seq, event.cell);
        break;
      case "cell.closed": {
        const cell = this.#cells.get(this.#blocks.get(event.block) ?? 0);
        this.#blocks.delete(event.block);
        if (cell) cell.output += event.text;
        break;
      }
      case "cell.finished": {
        const cell = this.#cells.get(event.cell);
        this.#cells.delete(event.cell);
        if (cell && !cell.call) this.#push(tell(event.cell, cell, event));
        break;
      }
      case "note.added":
        this.#push({ role: "user", text: `[note] ${event.text}` });
        break;
      case "kernel.lost":
        this.#push({ role: "user", text: `[daimon] Python was lost (${event.why}); its variables are gone.` });
        break;
      case "context.compacted":
        this.messages.splice(0, this.messages.length, {
          role: "user",
          text: `[summary of what came before] ${event.text}`,
        });
        break;
      default:
    }
  }

  #push(message: Drawn): void {
    this.#later.push(message);
    this.#catchUp();
  }

  #spoken(): void {
    this.#speaking = false;
    this.#catchUp();
  }

  #catchUp(): void {
    if (!this.#speaking && this.#unanswered === 0) this.messages.push(...this.#later.splice(0));
  }

  #say(block: Block): void {
    const last = this.messages.at(-1);
    // Always a new message after people or results spoke: an old one never changes.
    if (last?.role === "assistant") last.blocks.push(block);
    else this.messages.push({ role: "assistant", blocks: [block] });
  }
}

const codeShown = 8 * 1024;
const outputShown = 8 * 1024;

/** A cell that a person ran, as the model reads of it. Providers' rules know this form: see providers/offline. */
function tell(
  id: number,
  { code, by, output }: Cell,
  end: Extract<Recorded["event"], { type: "cell.finished" }>,
): Drawn {
  const parts = [`[py] ${nameOf(by)} ran cell ${id}:`, fit(code, codeShown).text];
  if (output !== "") parts.push("[output]", fit(output, outputShown).text.trimEnd());
  if (end.result) parts.push("[result]", fit(end.result.text, outputShown).text);
  if (end.error)
    parts.push("[error]", fit(end.error.traceback || `${end.error.name}: ${end.error.message}`, outputShown).text);
  if (end.outcome) parts.push(`[${end.outcome}]`);
  return { role: "user", text: parts.join("\n") };
}

/** Entries on the way from the head to the root, by walking parents. */
export function pathOf(events: readonly Recorded[], head: number | null): Set<number> {
  const parents = new Map<number, number | null>();
  for (const { seq, parent } of events) if (parent !== undefined) parents.set(seq, parent);
  const path = new Set<number>();
  for (let at = head; at !== null && !path.has(at); at = parents.get(at) ?? null) path.add(at);
  return path;
}

/**
 * The context of a head, from the log. Events that are no entries follow the turn they belong to: they count
 * where that turn began on the path.
 */
export function contextOf(events: readonly Recorded[], head: number | null): Context {
  const path = pathOf(events, head);
  const turns = new Set<number>();
  for (const { seq, turn } of events) if (turn !== undefined && path.has(seq)) turns.add(turn);
  const answered = new Set<number>();
  for (const { seq, event } of events) if (event.type === "call.finished" && path.has(seq)) answered.add(event.call);
  const context = new Context();
  for (const recorded of events) {
    const { seq, parent, turn, event } = recorded;
    if (parent !== undefined && !path.has(seq)) continue;
    // Where the head went back to before a result, the call was never made: a model hears nothing behind an open call.
    if (event.type === "call.requested" && !answered.has(seq)) continue;
    const ofTurn = event.type === "turn.ended" || event.type === "step.started";
    if (ofTurn && (turn === undefined || !turns.has(turn))) continue;
    if (event.type === "kernel.lost" && leftBehind(events, seq)) continue;
    context.add(recorded);
  }
  return context;
}

/** Where reading begins after a compaction: what waited or ran then is heard of later, and must be known. */
export function contextStart({ queue, cells, kernel }: SessionView, compaction: number): number {
  const running = kernel.is === "running" ? [kernel.cell] : [];
  return Math.min(compaction, ...queue.map(({ id }) => id), ...cells.map(({ id }) => id), ...running);
}

/** What is no entry belongs to the branch on which it happened: a later move of the head to before it left it there. */
const leftBehind = (events: readonly Recorded[], at: number): boolean =>
  events.some(({ seq, event }) => event.type === "head.moved" && seq > at && (event.to ?? 0) < at);

/** The messages for this model, with everything long and every picture fetched. */
export async function materialise(drawn: readonly Drawn[], blobs: Blobs, model: string): Promise<Message[]> {
  const messages = await Promise.all(drawn.map((message) => fetched(message, blobs, model)));
  return messages.filter((message) => message.role !== "assistant" || message.blocks.length > 0);
}

async function fetched(message: Drawn, blobs: Blobs, model: string): Promise<Message> {
  if (message.role === "tool") return { ...message };
  if (message.role === "assistant") {
    const own = message.blocks.filter((block) => block.kind !== "thinking" || block.model === model);
    return { role: "assistant", blocks: await Promise.all(own.map((block) => given(block, blobs, model))) };
  }
  // What is lost is said, so that the model neither wonders nor trusts half of it.
  const { whole, text: start } = message;
  const text = whole ? ((await textOf(whole, blobs)) ?? `${start}\n[daimon] The rest of this is lost.`) : start;
  const notes: string[] = [];
  const images: Image[] = [];
  for (const ref of message.blobs ?? []) {
    const bytes = ref.type.startsWith("image/") ? await blobs.get(ref.sha256) : undefined;
    if (bytes) images.push({ type: ref.type, bytes });
    else notes.push(`\n[attached: ${ref.name ?? ref.sha256.slice(0, 12)}, ${ref.type}, ${ref.bytes} bytes]`);
  }
  return { role: "user", text: text + notes.join(""), ...(images.length > 0 ? { images } : {}) };
}

/** What another model is to have back unchanged means nothing to this one. */
async function given({ model: whose, whole, ...block }: Block, blobs: Blobs, model: string): Promise<AssistantBlock> {
  const { payload, ...plain } = block;
  const kept = payload === undefined || whose !== model ? plain : block;
  if (kept.kind !== "call" || !whole) return kept;
  const input = await textOf(whole, blobs);
  return { ...kept, input: input === undefined ? { lost: "this input" } : JSON.parse(input) };
}

const textOf = async ({ sha256 }: BlobRef, blobs: Blobs): Promise<string | undefined> => {
  const bytes = await blobs.get(sha256);
  return bytes && new TextDecoder().decode(bytes);
};
