import { type Actor, type Ask, fit, type Present, type SessionView } from "@daimon/protocol";
import type { Attachment } from "@daimon/protocol/client";
import { reveal } from "@daimon/protocol/sanitise";
import type { Opened } from "../open.ts";
import type { Paint } from "../term/colour.ts";
import { columns } from "../views/columns.ts";
import { ago } from "./ago.ts";
import { usage } from "../failure.ts";
import { type Answer, respond, scopeNamed } from "./approval.ts";
import { choiceOf, pickAsk } from "./asks.ts";
import { completeness } from "./completeness.ts";
import { showChanges, takeBack } from "./files.ts";
import { moneyWords, thousands } from "./money.ts";
import { nameOf } from "./people.ts";
import { projectWords, trustQuestion, trustWords } from "./project.ts";
import { noRules, revocation, ruleHeads, ruleRow } from "./rulewords.ts";
import { type SettingName, settings } from "./settings.ts";
import { startedBy } from "./standing.ts";

export type Whole = { is: "whole" } | { is: "part"; indent: string };

/** What one person does in a session, from whatever face. */
export class Acts {
  readonly me: Actor;
  readonly #client: Opened;
  readonly #attachment: Attachment;
  /** Events that this client caused, where what they say stands already as it was typed. */
  readonly typed = new Set<number>();
  readonly #sent = new Set<string>();
  #count = 0;
  /** Where the session stood when this person asked for the summary that may be being made. */
  #summaryFrom: number | undefined;

  constructor(client: Opened, attachment: Attachment, me: Actor) {
    this.#client = client;
    this.#attachment = attachment;
    this.me = me;
    attachment.onChange((change) => {
      // The event may come before the receipt that names it: the operation tells whose it is.
      if (change.is === "event" && change.recorded.op !== undefined && this.#sent.delete(change.recorded.op))
        this.typed.add(change.recorded.seq);
    });
  }

  get present(): readonly Present[] {
    return this.#attachment.now.present;
  }

  /** Something of this person's runs, as far as is known here: nobody tells of a summary before it is made. */
  get working(): boolean {
    const { items } = this.view;
    if (items.some(({ kind, id }) => kind === "compaction" && id > (this.#summaryFrom ?? Infinity)))
      this.#summaryFrom = undefined;
    return this.#summaryFrom !== undefined || startedBy(this.me, this.view) !== undefined;
  }

  get view(): SessionView {
    return this.#attachment.now.view;
  }

  /** Whether Python input can be run as it is. A busy Python cannot be asked: then its look decides. */
  async isWhole(code: string): Promise<Whole> {
    const look = completeness(code);
    if ("sure" in look) return look.sure === "complete" ? { is: "whole" } : { is: "part", indent: indentAfter(code) };
    if (this.view.kernel.is === "running")
      return look.likely === "complete" ? { is: "whole" } : { is: "part", indent: indentAfter(code) };
    const { is, indent = "" } = await this.#client.request("session/isComplete", {
      sessionId: this.#attachment.sessionId,
      code,
    });
    // What is wrong is for Python to say.
    return is === "incomplete" ? { is: "part", indent } : { is: "whole" };
  }

  async python(code: string): Promise<void> {
    const opId = this.#newOp();
    const { cell } = await this.#client.request(
      "session/python",
      { sessionId: this.#attachment.sessionId, code },
      { opId },
    );
    this.typed.add(cell);
  }

  /** Returns the question that has to be answered first, if there is one. */
  async input(text: string): Promise<number | undefined> {
    const opId = this.#newOp();
    const { inputId, behind } = await this.#client.request(
      "session/input",
      { sessionId: this.#attachment.sessionId, text },
      { opId },
    );
    this.typed.add(inputId);
    return behind;
  }

  #newOp(): string {
    // A person is here, so a daemon that somebody stopped may be started again.
    this.#client.wanted();
    const op = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${++this.#count}`;
    this.#sent.add(op);
    return op;
  }

  async stop(): Promise<void> {
    const { sessionId } = this.#attachment;
    const mine = startedBy(this.me, this.view);
    if (!mine && this.#summaryFrom !== undefined) {
      this.#summaryFrom = undefined;
      await this.#client.request("session/interrupt", { sessionId, target: "summary" });
    }
    if (!mine) return;
    if (mine.is === "turn")
      await this.#client.request("session/interrupt", { sessionId, target: "turn", expect: mine.turn });
    else if (mine.is === "cell")
      await this.#client.request("session/interrupt", { sessionId, target: "cell", expect: mine.cell });
    else if (mine.is === "queuedCell") await this.#client.request("session/cancel", { sessionId, cell: mine.cell });
    else await this.#client.request("session/cancel", { sessionId, inputId: mine.inputId });
  }

  async answer(ask: Ask, value: string): Promise<void> {
    await this.#answer(ask, { value: choiceOf(ask, value) });
  }

  /** `/approve [QUESTION] [SCOPE]` and `/deny [QUESTION] [REASON]` as they were typed. */
  async approval(allow: boolean, rest: string): Promise<void> {
    const [, named, words = ""] = /^(\d+)?\s*(.*)$/s.exec(rest.trim()) ?? [];
    const ask = pickAsk(this.view.asks, ["approval"], named);
    const more = words === "" ? {} : allow ? { scope: scopeNamed(words) } : { reason: words };
    await this.respond(ask, { allow, ...more });
  }

  async respond(ask: Ask, answer: Answer): Promise<void> {
    await respond(this.#client, this.#attachment.sessionId, ask, answer, { opId: this.#newOp() });
  }

  /** `/whole [QUESTION]`: all of what an approval is about. */
  async whole(named: string): Promise<string> {
    const { show } = pickAsk(this.view.asks, ["approval"], named.trim() || undefined);
    const blob = show.bundle?.["text/plain"];
    if (typeof blob !== "object") return reveal(show.text);
    const { base64 } = await this.#client.request("blob/get", { sha256: blob.sha256 });
    return reveal(Buffer.from(base64, "base64").toString("utf8"));
  }

  /** `/approvals` and `/approvals revoke RULE`: what holds here for more than once. */
  async rules(rest: string): Promise<string[]> {
    const { sessionId } = this.#attachment;
    const { rules } = await this.#client.request("rule/list", { sessionId });
    const [act, named] = rest.trim().split(/\s+/);
    if (act !== "revoke")
      return rules.length === 0
        ? [noRules(sessionId)]
        : columns([ruleHeads, ...rules.map((rule) => ruleRow(rule, Date.now()))])
            .trimEnd()
            .split("\n");
    const rule = rules.find((one) => one.rule === named);
    if (!rule) throw usage(`there is no rule ${named ?? "without a name"}; /approvals lists those that there are`);
    await this.#client.request("rule/revoke", revocation(rule, sessionId));
    return rule.holds === "session" ? [] : [`the rule ${rule.rule} is taken back`];
  }

  /** `/answer TEXT`: the one question that is open. */
  async answerOpen(text: string): Promise<void> {
    await this.answer(pickAsk(this.view.asks, ["stdin", "choice", "result"], undefined), text);
  }

  async #answer(ask: Ask, given: { value: string }): Promise<void> {
    const { sessionId } = this.#attachment;
    const params = { sessionId, askId: ask.id, digest: ask.digest, ...given };
    await this.#client.request("session/answer", params, { opId: this.#newOp() });
  }

  async compact(focus: string): Promise<void> {
    const { sessionId } = this.#attachment;
    const params = { sessionId, ...(focus === "" ? {} : { focus }) };
    await this.#client.request("session/compact", params, { opId: this.#newOp() });
    this.#summaryFrom = this.view.seq;
  }

  async kernel(action: "restart" | "stop"): Promise<void> {
    const { sessionId } = this.#attachment;
    await this.#client.request("session/kernel", { sessionId, action }, { opId: this.#newOp() });
  }

  /** `/runtime`: another Python starts at once, in place of the one that is live. */
  async runtime(named: string): Promise<string | undefined> {
    const { sessionId } = this.#attachment;
    if (named === "")
      return `Python is ${this.view.runtime}; /runtime pyodide is the sealed one, /runtime cpython [PYTHON] one of this machine`;
    const params = { sessionId, action: "restart", runtime: named } as const;
    await this.#client.request("session/kernel", params, { opId: this.#newOp() });
    return undefined;
  }

  /** What somebody here should say yes or no to, once. */
  async trustAsked(): Promise<{ folder: string; question: string } | undefined> {
    const project = await this.#project();
    const question = trustQuestion(project);
    return question === undefined ? undefined : { folder: project.folder, question };
  }

  /** The answer to that question; somebody may have given another meanwhile, and that one stays. */
  async answerTrust(folder: string, trusted: boolean): Promise<string> {
    const project = await this.#project();
    return project.answered ? trustWords(project, true) : this.#say(folder, trusted);
  }

  async trust(trusted: boolean): Promise<string> {
    const project = await this.#project();
    if (project.answered && project.trusted === trusted) return trustWords(project, true);
    return this.#say(project.folder, trusted);
  }

  async #say(folder: string, trusted: boolean): Promise<string> {
    await this.#client.request("session/trust", { sessionId: this.#attachment.sessionId, folder, trusted });
    return trustWords(await this.#project());
  }

  #project() {
    return this.#client.request("session/project", { sessionId: this.#attachment.sessionId });
  }

  /** `/model`, `/thinking` and so on as typed. Alone it tells what is set; a change everybody reads in the log. */
  async setting(name: SettingName, value: string): Promise<string | undefined> {
    if (value === "") return settings[name].told(this.view);
    const { sessionId } = this.#attachment;
    await this.#client.request("session/update", { sessionId, ...settings[name].read(value) }, { opId: this.#newOp() });
    return undefined;
  }

  async undo(turn: string, paint: Paint, tell: (lines: readonly string[]) => void): Promise<void> {
    await takeBack(this.#client, this.#attachment, turn, paint, tell, { opId: this.#newOp() });
  }

  async diff(turn: string, paint: Paint, tell: (lines: readonly string[]) => void): Promise<void> {
    await showChanges(this.#client, this.#attachment, turn, paint, tell);
  }

  /** `/vars`: a line for each, what changed last first. */
  async variables(): Promise<string[]> {
    const { rows, more, busy } = await this.#client.request("session/variables", {
      sessionId: this.#attachment.sessionId,
    });
    if (busy !== undefined) return [`nobody can look now: ${busy}`];
    if (rows.length === 0) return ["no variables"];
    const narrow = (text: string) => fit(text, 40).text;
    const table = rows.map(({ name, type, size = "", preview }) => [narrow(name), narrow(type), size, preview]);
    const told = columns(table).trimEnd().split("\n");
    return more === undefined ? told : [...told, `... and ${more} more`];
  }

  async status(): Promise<string[]> {
    const { view } = this;
    const daemon = await this.#client.request("daemon/status", {});
    return [
      `session  ${view.id}${view.title === "" ? "" : ` "${view.title}"`} in ${view.cwd}`,
      `project  ${projectWords(await this.#project())}`,
      `model    ${view.model}, approval mode ${view.mode}`,
      `usage    ${usageWords(view.usage)}`,
      `python   ${pythonWords(view)}`,
      `turn     ${view.turn.is}${view.queue.length > 0 ? `, ${view.queue.length} waiting` : ""}${view.held ? " (held until somebody asks something)" : ""}`,
      `daemon   ${daemon.version}, pid ${daemon.pid}, for ${ago(daemon.uptime * 1000)}`,
    ];
  }
}

function usageWords({ input, output, cost, unpriced }: SessionView["usage"]): string {
  const tokens = `${thousands(input)} tokens in, ${thousands(output)} out`;
  return `${tokens}, cost ${moneyWords({ cost, unpriced: unpriced === true })}${unpriced ? " (the price of some tokens is unknown)" : ""}`;
}

function pythonWords({ kernel, cells, runtime }: SessionView): string {
  const waiting = cells.length > 0 ? `, ${cells.length} waiting` : "";
  if (kernel.is === "running") return `${runtime} ${kernel.python}, running a cell of ${nameOf(kernel.by)}${waiting}`;
  if (kernel.is === "idle") return `${runtime} ${kernel.python}, idle${waiting}`;
  return `${runtime}, ${{ none: "not started", starting: "starting", dead: "gone; the next cell starts a fresh one" }[kernel.is]}${waiting}`;
}

/** One level more after a colon, else as deep as the last line. */
function indentAfter(code: string): string {
  const last = code.split("\n").at(-1) ?? "";
  const depth = /^[ \t]*/.exec(last)![0];
  return last.trimEnd().endsWith(":") ? `${depth}    ` : depth;
}
