import { execFileSync } from "node:child_process";
import type { Attachment, Client } from "../../packages/protocol/src/client/index.ts";
import type { Running } from "../daemon-process/start.ts";
import { idle, join, until } from "./world.ts";

/** A session in which whatever the assistant asks is allowed, and what is done with its files after that. */

export const call = (tool: string, input: object) => ({ call: { tool, input } });
export const bash = (command: string) => call("bash", { command });

export type Hands = { client: Client; at: Attachment; sessionId: string; say(text: string): Promise<void> };

export async function handsIn(daemon: Pick<Running, "socket" | "token">, cwd: string, known?: string): Promise<Hands> {
  const client = join(daemon, "mia");
  const sessionId = known ?? (await client.request("session/create", { cwd, model: "scripted/script" })).id;
  const at = await client.attach(sessionId);
  const answered = new Set<number>();
  at.onChange(() => {
    for (const { id } of at.now.view.asks) {
      if (answered.has(id)) continue;
      answered.add(id);
      void client.request("session/answer", { sessionId, askId: id, allow: true });
    }
  });
  const say = async (text: string) => {
    const { inputId } = await client.request("session/input", { sessionId, text });
    const taken = ({ now }: Attachment) => now.view.items.some(({ kind, id }) => kind === "input" && id === inputId);
    await until(at, (now) => taken(now) && idle(now));
  };
  return { client, at, sessionId, say };
}

export const undo = ({ client, sessionId }: Hands, turn?: number) =>
  client.request("session/undo", { sessionId, ...(turn === undefined ? {} : { turn }) });

export const diff = ({ client, sessionId }: Hands, turn?: number) =>
  client.request("session/diff", { sessionId, ...(turn === undefined ? {} : { turn }) });

/** Without whatever the machine has set for git. */
export const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=Mia", "-c", "user.email=mia@example.org", ...args], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: cwd, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
  });
