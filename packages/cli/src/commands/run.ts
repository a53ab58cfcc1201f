import { sizes } from "@daimon/protocol";
import { readFileSync } from "node:fs";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, Failure, usage } from "../failure.ts";
import { checkSize, decode, pipedText, readStdin } from "../input.ts";
import {
  createSession,
  findSession,
  folder,
  newestHere,
  type NewSession,
  type Opened,
  sessionHere,
  withClient,
} from "../open.ts";
import { approvalTimeout } from "../session/duration.ts";
import { failureOf, perform } from "../session/perform.ts";
import { modeNamed } from "../session/settings.ts";
import { answerAndProgress, noteTo, printFrame } from "../views/print.ts";

const note = noteTo(process.stderr);

export async function command(given: Arguments): Promise<Exit> {
  const named = given.option("mode");
  const mode = named === undefined ? undefined : modeNamed(named);
  const model = given.option("model");
  const profile = given.option("profile");
  const settings = {
    ...(profile === undefined ? {} : { profile }),
    ...(model === undefined ? {} : { model }),
    ...(mode === undefined ? {} : { mode }),
  };
  if (["session", "continue", "new"].filter((name) => given.flag(name)).length > 1)
    throw usage("--session, --continue and --new exclude each other; give one of them");
  const answerWithin = approvalTimeout(given.option("approval-timeout"));
  const text = await promptOf(given);
  return withClient(async (client) => {
    const id = await sessionFor(client, given, settings);
    const attachment = await client.attach(id);
    const { model: before } = attachment.now.view;
    if (!given.flag("new") && Object.keys(settings).length > 0)
      await client.request("session/update", { sessionId: id, ...settings });
    const show = given.flag("json") ? { frame: printFrame } : { pieces: answerAndProgress() };
    const end = await perform({ is: "turn", text, answerWithin }, { client, attachment, show, note });
    // A model that did not work is not left to whoever speaks here next.
    if (end.outcome === "failed" && model !== undefined && model !== before && attachment.now.view.model === model) {
      await client.request("session/update", { sessionId: id, model: before });
      note(`the session has its model ${before} again`);
    }
    const failed = failureOf(end, id);
    if (failed !== undefined) throw new Failure(end.exit, failed);
    return end.exit;
  });
}

async function sessionFor(client: Opened, given: Arguments, settings: NewSession): Promise<string> {
  const cwd = folder();
  const named = given.option("session");
  if (given.flag("new")) return createSession(client, cwd, settings);
  const id =
    named !== undefined
      ? (await findSession(client, named)).id
      : given.flag("continue")
        ? await newestHere(client, cwd)
        : await sessionHere(client, cwd);
  if (id === undefined)
    throw usage("there is no session in this folder to continue; leave --continue out to begin one");
  return id;
}

/** The prompt with what is attached to it: files, and text piped in beside it. */
async function promptOf(given: Arguments): Promise<string> {
  const written = given.word("PROMPT");
  const files = given.all("file").map((path) => attached(path, readText(path)));
  const main = written === "-" ? await readStdin() : (written ?? "");
  const piped = written === undefined || written === "-" ? "" : await pipedText(note);
  const parts = [main, ...files, ...(piped.trim() === "" ? [] : [attached("stdin", piped)])].filter(
    (part) => part.trim() !== "",
  );
  if (parts.length === 0) throw usage("the prompt is empty; give it as an argument, or as - on stdin");
  return checkSize(parts.join("\n\n"), "the prompt", sizes.input);
}

const attached = (name: string, text: string): string =>
  `--- ${name} ---\n${text.replace(/\n$/, "")}\n--- end of ${name} ---`;

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Failure(exits.usage, `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return decode(bytes, path);
}
