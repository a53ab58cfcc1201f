import { DaimonError } from "@daimon/protocol";
import type { Attachment, Client, RequestOptions } from "@daimon/protocol/client";
import { usage } from "../failure.ts";
import { daimon, shortId } from "../open.ts";
import type { Paint } from "../term/colour.ts";
import { clashLines, diffLines, leftLines, turnNamed, undoneLines } from "./filewords.ts";

/** `/undo` and `/diff`, as lines that are clean. */

/** As much as anybody reads at a terminal. */
const linesAtMost = 400;

type Tell = (lines: readonly string[]) => void;

/** What somebody else did to the files is shown before it is said that nothing was taken back. */
export async function takeBack(
  client: Client,
  { sessionId, now }: Attachment,
  turn: string,
  paint: Paint,
  tell: Tell,
  options: RequestOptions = {},
): Promise<void> {
  const { cwd } = now.view;
  try {
    tell(undoneLines(await client.request("session/undo", { sessionId, ...given(turn) }, options), cwd));
  } catch (error) {
    if (error instanceof DaimonError) tell(clashLines(error, cwd, paint));
    throw error;
  }
}

export async function showChanges(
  client: Client,
  { sessionId, now }: Attachment,
  turn: string,
  paint: Paint,
  tell: Tell,
): Promise<void> {
  const { cwd, id } = now.view;
  const changed = await client.request("session/diff", { sessionId, ...given(turn) });
  const lines = diffLines(changed, cwd, paint);
  const rest = lines.length - linesAtMost;
  const more = rest > 0 ? [`... ${rest} more lines: ${daimon(process.env)} diff ${shortId(id)}`] : [];
  tell([...lines.slice(0, linesAtMost), ...more, ...leftLines(changed.left, cwd)]);
}

function given(text: string): { turn?: number } {
  if (text === "") return {};
  const turn = turnNamed(text);
  if (turn === undefined) throw usage(`"${text}" is no number of a turn`);
  return { turn };
}
