import { fileIn, homeOf } from "@daimon/protocol/client/home";
import { createReadStream, statSync, watch } from "node:fs";
import { once } from "node:events";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, Failure } from "../failure.ts";
import { refuseElsewhere } from "../open.ts";
import { Sanitiser } from "@daimon/protocol/sanitise";

export async function command(given: Arguments): Promise<Exit> {
  refuseElsewhere("logs");
  const path = fileIn.log(homeOf(process.env));
  let at = await print(path, 0);
  if (at === undefined) throw new Failure(exits.noDaemon, `there is no log at ${path}: no daemon has run here yet`);
  if (!given.flag("follow")) return exits.done;
  const changes = watch(path);
  process.once("SIGINT", () => changes.close());
  for (const ended = once(changes, "close"); ;) {
    const more = await Promise.race([once(changes, "change"), ended]);
    if (more.length === 0) return exits.done;
    at = await print(path, at);
  }
}

const terminal = new Sanitiser();

/** What the file holds from `from` on. Returns how far it went; undefined when there is no file. */
async function print(path: string, from: number | undefined): Promise<number | undefined> {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return undefined;
  // A log that became shorter was begun anew.
  const start = from === undefined || from > size ? 0 : from;
  if (start === size) return size;
  for await (const chunk of createReadStream(path, { start, end: size - 1, encoding: "utf8" }))
    process.stdout.write(process.stdout.isTTY ? terminal.push(String(chunk)) : String(chunk));
  return size;
}
