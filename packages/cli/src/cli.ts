import { DaimonError, type ErrorCode } from "@daimon/protocol";
import { readArguments } from "./arguments.ts";
import { type Exit, exits, Failure } from "./failure.ts";
import { sanitise } from "@daimon/protocol/sanitise";
import type { Prompt } from "./term/screen.ts";

/** Runs one command line to its end. Whatever goes wrong becomes one line on stderr and an exit code. */
export async function cli(argv: readonly string[], painted: Prompt | undefined): Promise<Exit> {
  try {
    return await command(argv, painted);
  } catch (error) {
    if (painted) process.stdout.write("\r\x1b[J");
    process.stderr.write(`daimon: ${sentence(error)}\n`);
    return exitOf(error);
  }
}

/** Who reads has heard enough (daimon ... | head): no news for anybody. */
function leaveWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exits.done);
    throw error;
  });
}

async function command(argv: readonly string[], painted: Prompt | undefined): Promise<Exit> {
  const read = readArguments(argv);
  // At a terminal nobody but the person leaves, and its stream is loaded while the daemon answers.
  if (!painted) leaveWithReader();
  switch (read.is) {
    case "version": {
      const { version } = await import("@daimon/protocol");
      process.stdout.write(`${version}\n`);
      return exits.done;
    }
    case "help": {
      const { helpFor, overview } = await import("./help.ts");
      process.stdout.write(read.command ? helpFor(read.command) : overview());
      return exits.done;
    }
    case "command": {
      const { command: run } = await read.command.load();
      return run(read.given, painted);
    }
  }
}

const refusals: Partial<Record<ErrorCode, Exit>> = {
  unauthorized: exits.refused,
  forbidden: exits.refused,
  not_found: exits.usage,
  ambiguous: exits.usage,
  invalid: exits.usage,
  too_large: exits.usage,
};

function exitOf(error: unknown): Exit {
  if (error instanceof Failure) return error.exit;
  if (error instanceof DaimonError) return refusals[error.code] ?? exits.failed;
  return error instanceof Error && error.name === "ConnectionLost" ? exits.noDaemon : exits.failed;
}

/** One line, whoever worded it. The stack of a bug is shown to those who asked for it. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return sanitise(String(error));
  const expected = error instanceof Failure || error instanceof DaimonError || error.name === "ConnectionLost";
  if (!expected && process.env["DAIMON_LOG"] === "debug") return sanitise(error.stack ?? error.message);
  return sanitise(error.message).replaceAll("\n", " ");
}
