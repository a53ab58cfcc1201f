import type { Actor } from "@daimon/protocol";
import { type Exit, exits } from "../failure.ts";
import { findSession, folder, openClient, sessionHere } from "../open.ts";
import { paintFor } from "../term/colour.ts";
import type { Prompt } from "../term/screen.ts";
import { readKeys } from "./keys.ts";
import { Terminal } from "./terminal.ts";

export type LiveOptions = { named: string | undefined; readOnly: boolean; painted: Prompt | undefined };

/** Joins this process's terminal with a session, until the person leaves or the session is gone. */
export async function atTerminal({ named, readOnly, painted }: LiveOptions): Promise<Exit> {
  const { stdin, stdout, env } = process;
  const write = (bytes: string) => void stdout.write(bytes);
  const leaving = Promise.withResolvers<void>();
  const terminal = new Terminal({
    write,
    columns: () => stdout.columns || 80,
    paint: paintFor(env, true),
    painted,
    readOnly,
    left: leaving.resolve,
  });
  const giveBack = readKeys(stdin, write, {
    key: (...key) => terminal.key(...key),
    tab: () => terminal.tab(),
    enter: () => terminal.enter(),
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
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", onSignal);
  process.on("SIGCONT", onContinue);

  const client = openClient({ stays: true, answers: !readOnly });
  let sessionId: string | undefined;
  try {
    const opening = (async () => {
      sessionId = named === undefined ? await sessionHere(client, folder()) : (await findSession(client, named)).id;
      const [attachment, { principal }] = await Promise.all([client.attach(sessionId), client.ready()]);
      const me: Actor = { principal, name: client.user, client: "cli" };
      terminal.open(client, attachment, me);
      return attachment;
    })();
    const attachment = await Promise.race([opening, leaving.promise]);
    await leaving.promise;
    terminal.close();
    if (!attachment) return exits.done;
    if (attachment.ended) throw attachment.ended;
    write(
      attachment.now.view.deleted
        ? ""
        : `the session goes on without you; come back with: daimon attach ${sessionId}\n`,
    );
    return exits.done;
  } catch (error) {
    terminal.close();
    throw error;
  } finally {
    giveBack();
    client.close();
    stdout.off("resize", onResize);
    process.off("SIGTERM", onSignal);
    process.off("SIGHUP", onSignal);
    process.off("SIGCONT", onContinue);
  }
}
