import type { Actor, Ask } from "@daimon/protocol";
import type { Attachment, Following } from "@daimon/protocol/client";
import { Acts } from "../session/acts.ts";
import { daimon, type Opened, shortId } from "../open.ts";
import { listPresent } from "../session/people.ts";
import { approvalOfMe, askedOfMe, waitingFor } from "../session/standing.ts";
import { Story } from "../session/story.ts";
import type { Paint } from "../term/colour.ts";
import { labelOf, type Mode } from "../term/first.ts";
import { hide, reveal, sanitise } from "@daimon/protocol/sanitise";
import { type Prompt, Screen } from "../term/screen.ts";
import { Approving } from "./approving.ts";
import { Editor } from "./editor.ts";
import { isSlash, slash } from "./slash.ts";
import { Trusting } from "./trusting.ts";
import { Writer } from "./writer.ts";

/** Shown when somebody comes to a session: so many of its newest items. */
const shownAtFirst = 20;

export type TerminalOptions = {
  write(bytes: string): void;
  columns(): number;
  paint: Paint;
  painted: Prompt | undefined;
  readOnly: boolean;
  /** Hands over now what was typed and not read yet. */
  readTyped(): void;
  /** The person leaves. */
  left(): void;
};

/**
 * A session at one terminal: keys come in, bytes go out. What is typed stays where it is while everything else is
 * printed above it.
 */
export class Terminal {
  readonly #options: TerminalOptions;
  readonly #screen: Screen;
  readonly #writer: Writer;
  readonly #editor = new Editor();
  /** Lines entered already of a cell or a prompt that goes on. */
  readonly #earlier: Record<Mode, string[]> = { py: [], ai: [] };
  #acts: Acts | undefined;
  readonly #trusting = new Trusting();
  readonly #approving = new Approving({
    line: (text) => this.#writer.line(text),
    answer: (ask, answer) => this.#later((acts) => acts.respond(ask, answer)),
  });
  /** What was entered is done one after the other, and not before there is a session. */
  #doing: Promise<void>;
  #waiting = 0;
  #opened = () => {};
  #idleInterrupts = 0;
  #leaving = false;
  #closed = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#screen = new Screen({ write: options.write, columns: options.columns, soon: queueMicrotask });
    if (options.painted) this.#screen.adopt(options.painted);
    this.#writer = new Writer({
      print: (text) => this.#screen.print(text),
      paint: options.paint,
      labels: true,
      howTo: (ask) => this.#howTo(ask),
    });
    this.#doing = new Promise((resolve) => (this.#opened = resolve));
    this.#show();
  }

  open(client: Opened, attachment: Attachment, me: Actor): void {
    const acts = new Acts(client, attachment, me);
    const story = new Story({ typedHere: (seq) => acts.typed.has(seq) });
    this.#acts = acts;
    this.#introduce(attachment.now, story);
    attachment.onChange((change) => {
      this.#writer.write(story.tell(change, attachment.now));
      if (change.is === "event" && change.recorded.event.type === "session.updated" && change.recorded.event.cwd)
        this.#lookAtProject(acts);
      if (attachment.now.link === "closed" || attachment.now.view.deleted) return this.#options.left();
      this.#show();
    });
    this.#opened();
    this.#show();
    this.#lookAtProject(acts);
  }

  #lookAtProject(acts: Acts): void {
    if (this.#options.readOnly) return;
    this.#trusting.look(acts).then(() => this.#show(), this.#failed);
  }

  #introduce(now: Following, story: Story): void {
    const { view, present } = now;
    this.note(`session ${shortId(view.id)}, ${view.model}; TAB switches py> and ai>, /help tells more`);
    const count = present.reduce((sum, { attachments }) => sum + attachments, 0);
    if (count > 1) this.note(`here: ${listPresent(present)}`);
    const { pieces, earlier } = story.begin(now, shownAtFirst);
    if (earlier) this.note(`there is more before this: ${daimon(process.env)} show ${shortId(view.id)}`);
    this.#writer.write(pieces);
    for (const ask of view.asks) this.#writer.write([{ is: "ask", ask, by: undefined }]);
    if (view.queue.length > 0)
      this.note(`${view.queue.length} waiting${view.held ? ", held until somebody asks something" : ""}`);
  }

  /** Leaves the terminal as a shell expects it: what comes after that is shown nowhere. */
  close(): void {
    this.#closed = true;
    this.#screen.prompt(undefined);
    this.#writer.endLine();
    this.#screen.flush();
  }

  resized(): void {
    this.#screen.resized();
  }

  /** The screen was cleared, or somebody else had the terminal. */
  renewed(): void {
    this.#closed = false;
    this.#screen.renewed();
    // Who cannot see it any more is asked anew.
    const { ask } = this.#approving;
    this.#approving.withdraw();
    if (ask) this.#writer.write([{ is: "ask", ask, by: undefined }]);
    this.#show();
  }

  // ---- keys --------------------------------------------------------------------------------------------------

  key(...key: Parameters<Editor["key"]>): void {
    this.#idleInterrupts = 0;
    this.#editor.key(...key);
    this.#show();
  }

  tab(): void {
    this.#editor.toggle();
    this.#show();
  }

  /** `pasted`: it came within text, from a terminal that does not say what is pasted. */
  enter(pasted = false): void {
    this.#idleInterrupts = 0;
    if (this.#options.readOnly) return;
    const { mode } = this.#editor;
    if (pasted) this.#approving.withdraw();
    const line = this.#editor.enter();
    if (this.#answersTrust(line) || (mode === "ai" && this.#approves(line))) return;
    this.#later((acts) => this.#entered(acts, mode, line));
  }

  /** All lines but the last are entered into the draft, and nothing runs before somebody presses Enter. */
  paste(text: string): void {
    if (this.#options.readOnly) return;
    if (this.#approving.why) text = text.replace(/\n+/g, " ");
    else this.#approving.withdraw();
    const lines = text.split("\n").map(hide);
    const last = lines.pop() ?? "";
    const { mode } = this.#editor;
    for (const line of lines) {
      this.#editor.insert(line);
      const whole = this.#editor.enter();
      this.#later(() => this.#keep(mode, whole));
    }
    this.#editor.insert(last);
    this.#show();
  }

  interrupt(): void {
    if (this.#options.readOnly) return this.#options.left();
    if (this.#acts?.working) return void this.#acts.stop().catch(this.#failed);
    const { mode, line } = this.#editor;
    if (this.#trusting.asking && line === "") {
      this.#trusting.withdraw();
      return this.#show();
    }
    if (line === "" && this.#waiting === 0 && this.#earlier[mode].length === 0) {
      if (++this.#idleInterrupts > 1) this.note("nothing of yours runs; Ctrl-D leaves, and the session goes on");
      return;
    }
    this.#editor.clear();
    // Behind what was entered before it: a line on its way becomes a draft that goes on, or work that can be stopped.
    this.#later(async (now) => {
      const begun = line !== "" || this.#earlier[mode].length > 0;
      if (!begun) return now.stop();
      this.#writer.line(`${this.#label(mode)}${reveal(line)}^C`);
      this.#earlier[mode] = [];
    });
  }

  end(): void {
    const { mode, line } = this.#editor;
    if (!this.#options.readOnly && (line !== "" || this.#earlier[mode].length > 0))
      return this.key(undefined, { ctrl: true, name: "d" });
    // What was entered before goes first; who does not want to wait for it says so again.
    if (this.#waiting === 0 || this.#leaving) return this.#options.left();
    this.#leaving = true;
    this.#later(() => this.#options.left());
  }

  // ---- what is entered -----------------------------------------------------------------------------------------

  #later(work: (acts: Acts) => void | Promise<void>): void {
    this.#waiting++;
    this.#show();
    this.#doing = this.#doing
      .then(() => work(this.#acts!))
      .catch(this.#failed)
      .then(() => {
        this.#waiting--;
        this.#show();
      });
  }

  readonly #failed = (error: Error): void => {
    if (!this.#closed) this.#writer.write([{ is: "trouble", text: error.message }]);
  };

  #keep(mode: Mode, line: string): void {
    this.#writer.line(this.#label(mode) + reveal(line));
    this.#earlier[mode].push(line);
  }

  async #entered(acts: Acts, mode: Mode, line: string): Promise<void> {
    const ask = this.#askedAt(mode);
    const begins = this.#earlier[mode].length === 0;
    this.#keep(mode, line);
    if (begins && isSlash(line)) {
      this.#done(mode);
      return slash(line, this.#slashes(acts));
    }
    if (ask) {
      this.#done(mode);
      return acts.answer(ask, line);
    }
    const text = this.#earlier[mode].join("\n");
    if (text.trim() === "") return this.#done(mode);
    if (mode === "ai") {
      this.#done(mode);
      const behind = await acts.input(text);
      return behind === undefined ? undefined : this.note(`this waits: question ${behind} has to be answered first`);
    }
    const whole = await acts.isWhole(text);
    if (whole.is === "whole") {
      this.#done(mode);
      return acts.python(text);
    }
    if (this.#editor.mode === "py" && this.#editor.line === "") this.#editor.insert(whole.indent);
  }

  #done(mode: Mode): void {
    this.#earlier[mode] = [];
  }

  #slashes(acts: Acts): Parameters<typeof slash>[1] {
    return {
      mode: (mode) => (this.#editor.mode = mode),
      approval: (allow, rest) => acts.approval(allow, rest),
      approvals: async (rest) => this.#lines(await acts.rules(rest)),
      whole: async (rest) => this.#writer.line(await acts.whole(rest)),
      answer: (rest) => acts.answerOpen(rest),
      compact: (focus) => acts.compact(focus),
      setting: (name, value) => acts.setting(name, value),
      kernel: (action) => acts.kernel(action),
      runtime: (named) => acts.runtime(named),
      undo: (turn) => acts.undo(turn, this.#options.paint, this.#writer.lines),
      diff: (turn) => acts.diff(turn, this.#options.paint, this.#writer.lines),
      trust: async (trusted) => this.note(await acts.trust(trusted)),
      who: () => this.note(`here: ${listPresent(acts.present)}`),
      variables: async () => this.#lines(await acts.variables()),
      status: async () => this.#lines(await acts.status()),
      say: (text) => this.#writer.line(sanitise(text)),
      leave: this.#options.left,
    };
  }

  #lines(lines: readonly string[]): void {
    this.#writer.lines(lines.map((line) => sanitise(line)));
  }

  /** Asked where nothing is typed, runs or waits: what was typed before it was seen is no answer to it. */
  #askTrust(): void {
    const { mode, line } = this.#editor;
    const busy = line !== "" || this.#waiting > 0 || this.#earlier[mode].length > 0 || this.#askedAt(mode);
    if (this.#trusting.unasked && !busy && this.#status() === undefined) this.note(this.#trusting.begin());
  }

  #answersTrust(line: string): boolean {
    const label = this.#trusting.label() ?? "";
    const answer = this.#trusting.entered(line);
    if (!answer) return false;
    this.#writer.line(`${label}${reveal(line)}`);
    this.#later(async (acts) => this.note(await acts.answerTrust(answer.folder, answer.trusted)));
    return true;
  }

  /** The assistant waits for this person to say whether it may. */
  #askApproval(): void {
    const { ask } = this.#approving;
    const open = this.#acts && approvalOfMe(this.#acts.me, this.#acts.view);
    if (ask && ask.id !== open?.id) {
      // Somebody else answered: what was typed for it is meant for nobody else.
      this.#approving.withdraw();
      if (this.#editor.mode === "ai") this.#editor.clear();
    }
    if (!open || !this.#mayAsk()) return;
    // Not among the keys of one piece: what came with them was typed before.
    queueMicrotask(() => {
      if (!this.#mayAsk()) return;
      // All that it is about stands on the terminal, and what was typed until then is a draft, before anything can be an answer.
      this.#screen.flush();
      this.#options.readTyped();
      if (!this.#mayAsk()) return;
      this.#approving.begin(open);
      this.#show();
    });
  }

  #mayAsk(): boolean {
    const { mode, line } = this.#editor;
    const busy = line !== "" || this.#waiting > 0 || this.#earlier.ai.length > 0 || this.#trusting.asking;
    return mode === "ai" && !busy && !this.#approving.ask && !this.#closed;
  }

  #approves(line: string): boolean {
    const { ask, why } = this.#approving;
    if (!ask || (!why && isSlash(line))) return false;
    this.#writer.line(`${this.#label("ai")}${reveal(line)}`);
    this.#approving.entered(line);
    this.#show();
    return true;
  }

  // ---- what is shown -------------------------------------------------------------------------------------------

  note(text: string): void {
    this.#writer.write([{ is: "notice", text }]);
  }

  /** A question of this person's own cell takes the place of py>, one of their turn that of ai>. */
  #askedAt(mode: Mode): Ask | undefined {
    const ask = this.#acts && askedOfMe(this.#acts.me, this.#acts.view);
    return ask && (ask.cell === undefined) === (mode === "ai") ? ask : undefined;
  }

  #howTo(ask: Ask): string | undefined {
    if (ask.kind === "approval") return this.#howToApprove(ask);
    if (this.#askedAt(this.#editor.mode)?.id === ask.id && ask.kind === "stdin") return undefined;
    const mine = this.#acts && askedOfMe(this.#acts.me, this.#acts.view)?.id === ask.id;
    return mine ? "  type the answer" : "  /answer TEXT";
  }

  #howToApprove(ask: Ask): string {
    const mine = this.#acts && approvalOfMe(this.#acts.me, this.#acts.view)?.id === ask.id;
    if (mine && this.#editor.mode === "ai") return "";
    return `  ${mine ? "TAB and answer, or " : ""}/approve${ask.about?.rule ? " [session|project|always]" : ""}, or /deny with a reason`;
  }

  #label(mode: Mode): string {
    const { paint } = this.#options;
    const trust = this.#trusting.label();
    if (trust !== undefined) return trust;
    const approval = mode === "ai" ? this.#approving.label() : undefined;
    if (approval !== undefined) return paint("bold", approval);
    if (this.#earlier[mode].length > 0) return `${paint("dim", "...")} `;
    const ask = this.#askedAt(mode);
    if (!ask) return labelOf(mode, paint, this.#acts?.view.mode);
    return ask.kind === "stdin" ? reveal(ask.show.text).split("\n").at(-1)! : `${paint("magenta", "answer>")} `;
  }

  #show(): void {
    if (this.#closed) return;
    if (this.#options.readOnly) return this.#screen.prompt(undefined);
    this.#askTrust();
    this.#askApproval();
    const { mode, line, cursor } = this.#editor;
    const status = line === "" ? this.#status() : undefined;
    if (status === undefined) this.#screen.prompt({ label: this.#label(mode), line: hide(line), cursor });
    else
      this.#screen.prompt(
        status === "" ? undefined : { label: this.#options.paint("dim", status), line: "", cursor: 0 },
      );
  }

  /** Instead of an empty prompt: what this person's work waits for. */
  #status(): string | undefined {
    if (!this.#acts) return this.#waiting > 0 ? "connecting ..." : undefined;
    const waits = waitingFor(this.#acts.me, this.#acts.view);
    return waits === undefined && this.#waiting > 0 ? "" : waits;
  }
}
