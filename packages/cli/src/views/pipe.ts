import { isatty } from "node:tty";
import { DaimonError } from "@daimon/protocol";
import type { Attachment } from "@daimon/protocol/client";
import { type Exit, exits, Failure } from "../failure.ts";
import { attachTo, type Opened, withClient } from "../open.ts";
import { completeness } from "../session/completeness.ts";
import { showChanges, takeBack } from "../session/files.ts";
import { Lines } from "../session/lines.ts";
import { failureOf, type Order, perform } from "../session/perform.ts";
import { Story } from "../session/story.ts";
import { paintFor, plain } from "../term/colour.ts";
import { labelOf, type Mode } from "../term/first.ts";
import { reveal } from "@daimon/protocol/sanitise";
import { noteTo, twoStreams } from "./print.ts";
import { Writer } from "./writer.ts";

/**
 * Without a terminal: lines are run as they come, each to its end before the next, and what they print is all that
 * is printed. A line that begins with TAB toggles py> and ai>, as the key does; so do /py and /ai.
 */
export async function runLines({ named, readOnly }: { named: string | undefined; readOnly: boolean }): Promise<Exit> {
  return withClient(async (client) => {
    const attachment = await attachTo(client, named);
    return readOnly ? onlyLook(attachment) : new Runner(client, attachment).run();
  });
}

class Runner {
  readonly #client: Opened;
  readonly #attachment: Attachment;
  readonly #lines = new Lines(process.stdin);
  readonly #pieces = twoStreams();
  readonly #note = noteTo(process.stderr);
  #mode: Mode = "py";
  #worst: Exit = exits.done;

  constructor(client: Opened, attachment: Attachment) {
    this.#client = client;
    this.#attachment = attachment;
  }

  async run(): Promise<Exit> {
    let code = "";
    for (let line = await this.#read(code); line !== undefined; line = await this.#read(code)) {
      const text: string = code === "" ? this.#withoutTabs(line) : line;
      if (code === "" && (await this.#slash(text))) {
        if (text.trim() === "/quit") return this.#worst;
        continue;
      }
      if (text.trim() === "" && code === "") continue;
      if (this.#mode === "ai") {
        await this.#perform({ is: "turn", text });
        continue;
      }
      code = code === "" ? text : `${code}\n${text}`;
      if (await this.#goesOn(code)) continue;
      await this.#perform({ is: "cell", code });
      code = "";
    }
    if (code.trim() !== "") await this.#perform({ is: "cell", code });
    return this.#worst;
  }

  /** A terminal that cannot move its cursor is still one that a person types at. */
  #read(code: string): Promise<string | undefined> {
    return this.#ask(code === "" ? labelOf(this.#mode, plain) : "... ");
  }

  #ask(label: string, signal?: AbortSignal): Promise<string | undefined> {
    if (isatty(0) && isatty(1)) process.stdout.write(label);
    return this.#lines.next(signal);
  }

  #withoutTabs(line: string): string {
    const text = line.replace(/^\t+/, "");
    if ((line.length - text.length) % 2 === 1) this.#mode = this.#mode === "py" ? "ai" : "py";
    return text;
  }

  async #slash(text: string): Promise<boolean> {
    const [, files, turn = ""] = /^\/(undo|diff)(?:\s+(\S+))?\s*$/.exec(text) ?? [];
    if (files !== undefined) {
      await this.#files(files === "undo" ? takeBack : showChanges, turn);
      return true;
    }
    const [, name] = /^\/([a-z]+)\s*$/.exec(text) ?? [];
    if (name === "py" || name === "ai") this.#mode = name;
    else if (name !== undefined && name !== "quit")
      this.#note(`/${name} is for a terminal; here there are /py, /ai, /undo, /diff and /quit`);
    return name !== undefined;
  }

  async #files(act: typeof showChanges, turn: string): Promise<void> {
    try {
      const { stdout } = process;
      await act(this.#client, this.#attachment, turn, paintFor(process.env, stdout.isTTY), (lines) => {
        for (const line of lines) stdout.write(`${line}\n`);
      });
    } catch (error) {
      if (!(error instanceof DaimonError || error instanceof Failure)) throw error;
      this.#note(error.message);
      if (this.#worst === exits.done) this.#worst = exits.failed;
    }
  }

  async #goesOn(code: string): Promise<boolean> {
    const look = completeness(code);
    if ("sure" in look) return look.sure === "incomplete";
    const { is } = await this.#client.request("session/isComplete", { sessionId: this.#attachment.sessionId, code });
    return is === "incomplete";
  }

  async #perform(order: Order): Promise<void> {
    const end = await perform(order, {
      client: this.#client,
      attachment: this.#attachment,
      show: { pieces: this.#pieces },
      line: (ask, signal) => this.#ask(reveal(ask.show.text), signal),
      note: this.#note,
    });
    const failed = order.is === "turn" ? failureOf(end, this.#attachment.sessionId) : undefined;
    if (failed !== undefined) this.#note(failed);
    if (this.#worst === exits.done) this.#worst = end.exit;
  }
}

/** Prints what happens until the session is gone or the reader is. */
async function onlyLook(attachment: Attachment): Promise<Exit> {
  const { stdout } = process;
  const writer = new Writer({
    print: (text) => stdout.write(text),
    paint: paintFor(process.env, stdout.isTTY),
    labels: true,
  });
  const story = new Story();
  const over = Promise.withResolvers<void>();
  writer.write(story.begin(attachment.now, attachment.now.view.items.length).pieces);
  const stop = attachment.onChange((change) => {
    writer.write(story.tell(change, attachment.now));
    if (attachment.now.link === "closed") over.resolve();
  });
  process.once("SIGINT", over.resolve);
  await over.promise;
  stop();
  if (attachment.ended) throw attachment.ended;
  return exits.done;
}
