import type { Actor, BlobRef, EventOf, Recorded, Value } from "@daimon/protocol";
import { boundCells, type Told, tell } from "./told.ts";
import type { AssistantBlock } from "./ports.ts";

/**
 * What the model sees: the path from the root (or the last compaction) to the head, as messages. Folded one
 * event at a time, and between compactions it only ever grows at its end: providers' prompt caches live by that.
 */

/** `model`: whose payload it carries. */
export type Block = AssistantBlock & { model?: string; whole?: BlobRef };
type Said = { role: "user"; text: string; whole?: BlobRef; blobs?: BlobRef[] };
/** A message whose long parts are still blobs. */
export type Drawn =
  | Said
  | { role: "assistant"; blocks: Block[] }
  | { role: "tool"; callId: string; tool: string; ok: boolean; text: string };

/** `seq` is the last event of a message, `since` the first that must be read to know of it. */
export type Entry = { message: Drawn; seq: number; since: number; cell?: Told };
type Cell = { code: string; by: Actor; output: string; call: boolean };

export class Context {
  readonly entries: Entry[] = [];
  readonly #inputs = new Map<number, Said>();
  readonly #cells = new Map<number, Cell>();
  readonly #blocks = new Map<number, number>();
  readonly #calls = new Map<number, { callId: string; tool: string }>();
  /** While a model speaks, and while calls of it lack their results: what people do meanwhile comes after that. */
  #speaking = false;
  #unanswered = 0;
  #later: Entry[] = [];
  /** Words of a step that was cut: kept only if the turn ends with them, dropped when the step is tried again. */
  #cut: string[] = [];
  #model = "";
  #step = 0;
  /** How many messages the model was sent: those never change. */
  #heard = 0;
  /** What a model counted, and up to which message. */
  #counted = { entries: 0, tokens: 0 };

  get messages(): Drawn[] {
    return this.entries.map(({ message }) => message);
  }

  /** Of what is not answered yet, the oldest: who reads anew must begin no later. */
  get waitingSince(): number {
    return Math.min(...this.#inputs.keys(), ...this.#cells.keys(), ...this.#later.map(({ since }) => since));
  }

  /** How many tokens it is: what a model counted, and a guess for what came since. */
  get tokens(): number {
    const rest = this.entries.slice(this.#counted.entries);
    return rest.reduce((sum, { message }) => sum + guess(message), this.#counted.tokens);
  }

  /** How many tokens one message is, roughly. */
  guess(index: number): number {
    const entry = this.entries[index];
    return entry ? guess(entry.message) : 0;
  }

  add({ seq, by, event }: Recorded): void {
    switch (event.type) {
      case "input.queued": {
        const { text, whole, blobs } = event;
        this.#inputs.set(seq, { role: "user", text, ...(whole ? { whole } : {}), ...(blobs ? { blobs } : {}) });
        break;
      }
      case "input.taken": {
        const input = this.#inputs.get(event.input);
        if (input) this.#push(input, seq, event.input);
        this.#inputs.delete(event.input);
        break;
      }
      case "step.started":
        this.#cut = [];
        this.#model = event.model;
        this.#step = seq;
        // A step that is tried again hears of what came meanwhile.
        this.#spoken();
        this.#speaking = true;
        this.#heard = this.entries.length;
        break;
      case "step.ended":
        // Before what came meanwhile is added: it was not part of what the model counted.
        if (event.usage && event.stop !== "cut")
          this.#counted = { entries: this.entries.length, tokens: event.usage.input + event.usage.output };
        this.#spoken();
        break;
      case "text.closed":
        if (event.cut) this.#cut.push(event.text);
        else if (event.text !== "") this.#say(seq, { kind: "text", text: event.text });
        break;
      case "thinking.closed":
        if (!event.cut)
          this.#say(seq, {
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
        this.#say(seq, {
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
        const message: Drawn = { role: "tool", ...call, ok: event.ok, text: readable(event.value) };
        this.entries.push({ message, seq, since: event.call });
        // Not every vendor takes pictures in a result; all take them from people.
        const pictures = picturesIn(event.value);
        if (pictures.length > 0)
          this.#push({ role: "user", text: `[daimon] What ${call.tool} showed:`, blobs: pictures }, seq, event.call);
        this.#unanswered--;
        this.#catchUp();
        break;
      }
      case "turn.ended":
        for (const text of this.#cut.splice(0))
          if (text !== "" && event.outcome !== "done") this.#say(seq, { kind: "text", text });
        this.#spoken();
        if (event.outcome === "done") break;
        this.#note(seq, `[daimon] That turn was ${event.outcome}${event.reason ? `: ${event.reason}` : ""}.`);
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
        if (cell && !cell.call) {
          const { text, ...told } = tell(event.cell, cell, event);
          this.#push({ role: "user", text }, seq, event.cell, told);
        }
        break;
      }
      case "note.added":
        this.#note(seq, `[note] ${event.text}`);
        break;
      case "kernel.lost":
        this.#note(seq, `[daimon] Python was lost (${event.why}); its variables are gone.`);
        break;
      case "context.compacted":
        this.#compact(seq, event);
        break;
      default:
    }
  }

  /** The summary stands for everything up to a message; who read from `from` only may not know that very message. */
  #compact(seq: number, { text, upTo, from }: EventOf<"context.compacted">): void {
    const message: Drawn = { role: "user", text: `[summary of what came before] ${text}` };
    const last = this.entries.findLastIndex((entry) => entry.seq === upTo);
    const kept = last < 0 ? this.entries.filter((entry) => entry.seq > upTo) : this.entries.slice(last + 1);
    const gone = this.entries.length - kept.length;
    this.#heard = Math.max(0, this.#heard - gone) + 1;
    this.entries.splice(0, this.entries.length, { message, seq, since: from }, ...kept);
    this.#counted = { entries: 0, tokens: 0 };
  }

  #note(seq: number, text: string): void {
    this.#push({ role: "user", text }, seq, seq);
  }

  #push(message: Drawn, seq: number, since: number, cell?: Told): void {
    // Who reads anew must know of the step that it came after.
    const waits = this.#speaking || this.#unanswered > 0;
    this.#later.push({ message, seq, since: waits ? Math.min(since, this.#step) : since, ...(cell ? { cell } : {}) });
    this.#catchUp();
  }

  #spoken(): void {
    this.#speaking = false;
    this.#catchUp();
  }

  #catchUp(): void {
    if (this.#speaking || this.#unanswered > 0) return;
    this.entries.push(...this.#later.splice(0));
    boundCells(this.entries, this.#heard);
  }

  #say(seq: number, block: Block): void {
    const last = this.entries.at(-1);
    // Always a new message after people or results spoke: an old one never changes.
    if (last?.message.role === "assistant") {
      last.message.blocks.push(block);
      last.seq = seq;
    } else this.entries.push({ message: { role: "assistant", blocks: [block] }, seq, since: this.#step });
  }
}

/** What is left out of a result can still be had: by the name that it is kept under. */
const readable = ({ text, handle }: Value): string =>
  handle === undefined
    ? text
    : `${text}\n[This is a part. All of it is kept as ${handle}: read and grep take that as a path, python in results.]`;

const picturesIn = ({ bundle = {} }: Value): BlobRef[] =>
  Object.values(bundle).filter((part): part is BlobRef => typeof part !== "string" && isPicture(part));
const isPicture = ({ type }: BlobRef): boolean => /^image\/(png|jpeg|gif|webp)$/.test(type);

const perToken = 4;
const imageTokens = 1500;

/** Roughly, and rather too many: four characters are a token. */
function guess(message: Drawn): number {
  if (message.role === "tool") return message.text.length / perToken;
  if (message.role === "assistant") return message.blocks.reduce((sum, block) => sum + lengthOf(block) / perToken, 0);
  const images = message.blobs?.filter(({ type }) => type.startsWith("image/")).length ?? 0;
  return (message.whole?.bytes ?? message.text.length) / perToken + images * imageTokens;
}
const lengthOf = (block: Block): number =>
  block.kind === "call" ? (block.whole?.bytes ?? JSON.stringify(block.input).length) : block.text.length;

/** Entries on the way from the head to the root, by walking parents. */
export function pathOf(events: readonly Recorded[], head: number | null): Set<number> {
  const parents = new Map<number, number | null>();
  for (const { seq, parent } of events) if (parent !== undefined) parents.set(seq, parent);
  const path = new Set<number>();
  for (let at = head; at !== null && !path.has(at); at = parents.get(at) ?? null) path.add(at);
  return path;
}

/** What happened on a branch without being an entry of it: it counts where the head was on the path then. */
const ofBranch = new Set<Recorded["event"]["type"]>(["step.started", "step.ended", "turn.ended", "kernel.lost"]);

/** The context of a head, from the log, or from where reading begins after a compaction. */
export function contextOf(events: readonly Recorded[], head: number | null): Context {
  const path = pathOf(events, head);
  const answered = new Set<number>();
  for (const { seq, event } of events) if (event.type === "call.finished" && path.has(seq)) answered.add(event.call);
  const moved = events.findLast(({ event }) => event.type === "head.moved")?.seq ?? 0;
  const context = new Context();
  let onPath = true;
  for (const recorded of events) {
    const { seq, parent, event } = recorded;
    if (event.type === "head.moved") onPath = event.to === null || path.has(event.to);
    if (parent !== undefined) onPath = path.has(seq);
    if (!onPath && (parent !== undefined || ofBranch.has(event.type))) continue;
    // Where the head went back to before a result, the call was never made: a model hears nothing behind an open call.
    if (event.type === "call.requested" && seq < moved && !answered.has(seq)) continue;
    context.add(recorded);
  }
  return context;
}
