import {
  type Actor,
  applyEvent,
  emptyView,
  isEntry,
  type PendingCall,
  type Recorded,
  type SessionEvent,
  type SessionView,
} from "../../packages/protocol/src/index.ts";
import { turnOf } from "../../packages/server/src/core/ledger.ts";

export const ann: Actor = { principal: "owner", name: "ann", client: "cli" };
export const ben: Actor = { principal: "owner", name: "ben", client: "web" };
export const chores: Actor = { principal: "owner", client: "task" };
export const assistant: Actor = { principal: "daemon", name: "assistant", client: "daemon" };

/** A session told event by event, each stamped as the server does; a move that cannot be is a failure. */
export class Story {
  view: SessionView = emptyView;
  readonly events: Recorded[] = [];
  readonly #impossible: (what: string) => void;

  constructor(
    impossible: (what: string) => void = (what) => {
      throw new Error(what);
    },
  ) {
    this.#impossible = impossible;
  }

  tell(event: SessionEvent, by: Actor = ann): number {
    const { seq, head } = this.view;
    const recorded: Recorded = {
      seq: seq + 1,
      at: (seq + 1) * 1000,
      v: 1,
      by,
      ...(isEntry(this.view, event) ? { parent: head } : {}),
      ...turnOf(this.view, event),
      event,
    };
    this.view = applyEvent(this.view, recorded, this.#impossible);
    this.events.push(recorded);
    return seq + 1;
  }

  tellAll(events: readonly SessionEvent[], by?: Actor): void {
    for (const event of events) this.tell(event, by);
  }

  created(more: Partial<SessionView> = {}): this {
    const { cwd = "/home/ann/house", mode = "ask", task } = more;
    this.tell({
      type: "session.created",
      id: "s",
      title: "house",
      cwd,
      roots: [],
      profile: "default",
      runtime: "scripted",
      mode,
      model: "scripted/m",
      thinking: "off",
      ...(task ? { task } : {}),
    });
    return this;
  }

  input(text: string, by: Actor = ann, delivery: "queue" | "steer" = "queue"): number {
    return this.tell({ type: "input.queued", text, delivery, priority: by === chores ? "normal" : "high" }, by);
  }

  /** A turn on a fresh input, up to its first model request. Its id. */
  turn(text = "go on"): number {
    const turn = this.start(this.input(text));
    this.tell({ type: "step.started", model: "m" });
    return turn;
  }

  start(input: number): number {
    const turn = this.tell({ type: "turn.started", input, model: "m", tools: [] });
    this.tell({ type: "input.taken", input });
    return turn;
  }

  text(text: string, cut = false): void {
    const block = this.tell({ type: "text.opened" }, assistant);
    this.tell({ type: "text.closed", block, text, ...(cut ? { cut } : {}) }, assistant);
  }

  call(tool = "python", callId = `call ${this.view.seq + 1}`): number {
    return this.tell({ type: "call.requested", callId, tool, input: {}, show: { text: tool } }, assistant);
  }

  endStep(): void {
    const { turn } = this.view;
    const step = turn.is === "idle" ? 0 : (turn.step ?? 0);
    const stop = this.calls.length > 0 ? "calls" : "end";
    this.tell({ type: "step.ended", step, stop, usage: { input: 1, output: 1 } });
  }

  ask(call: number): number {
    return this.tell({
      type: "ask.opened",
      kind: "approval",
      digest: `of ${call}`,
      show: { text: "may I?" },
      role: "approve",
      call,
      about: { tool: "python", cwd: "/home/ann", rule: { tool: "python" } },
    });
  }

  stdin(cell: number): number {
    return this.tell({
      type: "ask.opened",
      kind: "stdin",
      digest: `of ${cell}`,
      show: { text: "name? " },
      role: "operate",
      cell,
    });
  }

  finish(call: number, text = "done"): void {
    this.tell({ type: "call.finished", call, ok: true, value: { text } }, assistant);
  }

  python(): void {
    const generation = this.view.kernel.generation + 1;
    this.tell({ type: "kernel.starting", generation, runtime: "scripted" });
    this.tell({ type: "kernel.started", generation, python: "3" });
  }

  queueCell(code = "x", by: Actor = ann, call?: number): number {
    return this.tell({ type: "cell.queued", code, ...(call === undefined ? {} : { call }) }, by);
  }

  /** A cell that runs. Python is started for it where it is not there. */
  cell(code = "x", by: Actor = ann, call?: number): number {
    if (this.view.kernel.is === "none" || this.view.kernel.is === "dead") this.python();
    const cell = this.queueCell(code, by, call);
    this.tell({ type: "cell.started", cell, generation: this.view.kernel.generation });
    return cell;
  }

  print(cell: number, text: string): void {
    const block = this.tell({ type: "cell.opened", cell, stream: "stdout" });
    this.tell({ type: "cell.closed", block, text });
  }

  endCell(cell: number, made: readonly string[] = []): void {
    const variables = made.map((name) => ({ name, type: "int", preview: "42" }));
    this.tell({ type: "cell.finished", cell, ok: true, ...(made.length > 0 ? { variables } : {}) });
  }

  get calls(): readonly PendingCall[] {
    return this.view.turn.is === "idle" ? [] : this.view.turn.calls;
  }
}
