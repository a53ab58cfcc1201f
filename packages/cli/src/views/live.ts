import type { Actor } from "@daimon/protocol";
import type { Attachment } from "@daimon/protocol/client";
import { type Exit, exits } from "../failure.ts";
import { daimon, type Opened, shortId } from "../open.ts";
import { paintFor } from "../term/colour.ts";
import type { Prompt } from "../term/screen.ts";
import { typedAhead } from "../term/typed.ts";
import { readKeys } from "./keys.ts";
import { Terminal } from "./terminal.ts";

export type Session = { attachment: Attachment; me: Actor };
export type LiveOptions = {
  client: Opened;
  session: Promise<Session>;
  readOnly: boolean;
  painted: Prompt | undefined;
};

/** Joins this process's terminal with a session, until the person leaves or the session is gone. */
export async function atTerminal({ client, session, readOnly, painted }: LiveOptions): Promise<Exit> {
  const { stdin, stdout, env } = process;
  const write = (bytes: string) => void stdout.write(bytes);
  const leaving = Promise.withResolvers<void>();
  const terminal = new Terminal({
    write,
    columns: () => stdout.columns || 80,
    paint: paintFor(env, true),
    painted,
    readOnly,
    readTyped() {
      const typed = typedAhead();
      if (typed.length > 0) stdin.emit("data", typed);
    },
    left: leaving.resolve,
  });
  const giveBack = readKeys(stdin, write, {
    key: (...key) => terminal.key(...key),
    tab: () => terminal.tab(),
    enter: (pasted) => terminal.enter(pasted),
    interrupt: () => terminal.interrupt(),
    end: () => terminal.end(),
    paste: (text) => terminal.paste(text),
    clear() {
      write("\x1b[H\x1b[2J");
      terminal.renewed();
    },
    suspend() {
      terminal.close();
      stdin.setRawMode(false);
      process.kill(process.pid, "SIGTSTP");
    },
  });
  const onSignal = () => leaving.resolve();
  const onContinue = () => {
    stdin.setRawMode(true);
    terminal.renewed();
  };
  const onResize = () => terminal.resized();
  stdout.on("resize", onResize);
  // A terminal that was closed takes nothing any more; the session goes on.
  stdout.on("error", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", onSignal);
  process.on("SIGCONT", onContinue);

  client.onStopped(() => terminal.note("the daemon was stopped; it starts again when something is entered here"));
  try {
    const opened = await Promise.race([session, leaving.promise]);
    if (opened) terminal.open(client, opened.attachment, opened.me);
    await leaving.promise;
    terminal.close();
    if (!opened) return exits.done;
    const { ended, now } = opened.attachment;
    if (ended) throw ended;
    if (!now.view.deleted)
      write(`the session goes on without you; come back with: ${daimon(env)} attach ${shortId(now.view.id)}\n`);
    return exits.done;
  } catch (error) {
    terminal.close();
    throw error;
  } finally {
    giveBack();
    stdout.off("resize", onResize);
    process.off("SIGTERM", onSignal);
    process.off("SIGHUP", onSignal);
    process.off("SIGCONT", onContinue);
  }
}
