import type { Ask } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, usage } from "../failure.ts";
import { readStdin } from "../input.ts";
import { attachTo, withClient } from "../open.ts";
import { Lines } from "../session/lines.ts";
import { perform } from "../session/perform.ts";
import { noteTo, printFrame, twoStreams } from "../views/print.ts";

export async function command(given: Arguments): Promise<Exit> {
  const written = given.needed("CODE");
  const code = written === "-" ? await readStdin() : written;
  if (code.trim() === "") throw usage("there is no code to run; give it as an argument, or as - on stdin");
  const named = given.option("session");
  return withClient(async (client) => {
    const attachment = await attachTo(client, named);
    // What the cell reads with input() comes from our stdin, unless the code did or a person sits there to be asked.
    let stdin: Lines | undefined;
    const line = (_ask: Ask, signal: AbortSignal) => (stdin ??= new Lines(process.stdin)).next(signal);
    const { exit } = await perform(
      { is: "cell", code },
      {
        client,
        attachment,
        show: given.flag("json") ? { frame: printFrame } : { pieces: twoStreams() },
        note: noteTo(process.stderr),
        ...(written === "-" || process.stdin.isTTY ? {} : { line }),
      },
    ).finally(() => stdin?.close());
    return exit;
  });
}
