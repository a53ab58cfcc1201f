import type { Actor } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import type { Exit } from "../failure.ts";
import { attachTo, openClient } from "../open.ts";
import { isTerminal } from "../term/first.ts";
import type { Prompt } from "../term/screen.ts";
import type { Session } from "../views/live.ts";

export async function command(given: Arguments, painted?: Prompt): Promise<Exit> {
  const named = given.word("SESSION");
  const readOnly = given.flag("read-only");
  if (!isTerminal()) {
    const { runLines } = await import("../views/pipe.ts");
    return runLines({ named, readOnly });
  }
  const client = openClient({ stays: true, answers: !readOnly });
  try {
    const session = opened(client, named);
    session.catch(() => {}); // it is awaited where the terminal is
    // Between its steps the start looks up, so that the daemon is asked and answers while the rest is loaded.
    await breath();
    const { atTerminal } = await import("../views/live.ts");
    await breath();
    return await atTerminal({ client, session, readOnly, painted });
  } finally {
    client.close();
  }
}

const breath = () => new Promise((resolve) => setImmediate(resolve));

async function opened(client: ReturnType<typeof openClient>, named: string | undefined): Promise<Session> {
  const attachment = await attachTo(client, named);
  const { principal } = await client.ready();
  const me: Actor = { principal, name: client.user, client: "cli" };
  return { attachment, me };
}
