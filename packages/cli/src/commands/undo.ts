import { DaimonError } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { sessionNamed, withClient } from "../open.ts";
import { clashLines, undoneLines } from "../session/filewords.ts";
import { turnOption } from "./diff.ts";
import { paintFor } from "../term/colour.ts";

export async function command(given: Arguments): Promise<Exit> {
  await withClient(async (client) => {
    const { id, cwd } = await sessionNamed(client, given.word("SESSION"));
    try {
      const done = await client.request("session/undo", { sessionId: id, ...turnOption(given) });
      process.stdout.write(given.flag("json") ? `${JSON.stringify(done)}\n` : `${undoneLines(done, cwd).join("\n")}\n`);
    } catch (error) {
      const paint = paintFor(process.env, process.stderr.isTTY);
      const lines = error instanceof DaimonError ? clashLines(error, cwd, paint) : [];
      for (const line of lines) process.stderr.write(`${line}\n`);
      throw error;
    }
  });
  return exits.done;
}
