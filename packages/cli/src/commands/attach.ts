import type { Arguments } from "../arguments.ts";
import type { Exit } from "../failure.ts";
import { isTerminal } from "../term/first.ts";
import type { Prompt } from "../term/screen.ts";

export async function command(given: Arguments, painted?: Prompt): Promise<Exit> {
  const options = { named: given.word("SESSION"), readOnly: given.flag("read-only") };
  if (!isTerminal()) return (await import("../views/pipe.ts")).runLines(options);
  return (await import("../views/live.ts")).atTerminal({ ...options, painted });
}
