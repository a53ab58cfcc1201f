import { type Actor, type EventOf, fit } from "@daimon/protocol";
import { nameOf } from "./actors.ts";
import type { Entry } from "./context.ts";

/** How the model hears of cells that people ran: the newest whole, older ones by name, all together within bounds. */

/** What a whole one takes, and what stands for it where there is no room for it. */
export type Told = { bytes: number; name: string };
type Ran = { code: string; by: Actor; output: string };

/** What one may take of its code, output, result and error; the four together are less than all cells may take. */
const shown = { code: 4 * 1024, output: 5 * 1024, result: 4 * 1024, error: 5 * 1024 };
const wholeBytes = 20 * 1024;
const namedBytes = 4 * 1024;

/** Providers' rules know this form: see providers/offline. */
export function tell(id: number, { code, by, output }: Ran, end: EventOf<"cell.finished">): Told & { text: string } {
  const head = `[py] ${nameOf(by)} ran cell ${id}:`;
  const parts = [head, fit(code, shown.code).text];
  if (output !== "") parts.push("[output]", fit(output, shown.output).text.trimEnd());
  if (end.result) parts.push("[result]", fit(end.result.text, shown.result).text);
  const short = end.error && `${end.error.name}: ${end.error.message}`;
  if (end.error) parts.push("[error]", fit(end.error.traceback || short!, shown.error).text);
  if (end.outcome) parts.push(`[${end.outcome}]`);
  const text = parts.join("\n");
  const name = [head, firstLine(code), ...(short ? ["[error]", firstLine(short)] : [])].join("\n");
  return { text, name, bytes: Buffer.byteLength(text) };
}

const lineShown = 100;
function firstLine(text: string): string {
  const line = text.trimStart().split("\n", 1)[0] ?? "";
  return line.length < text.trim().length || line.length > lineShown
    ? `${line.slice(0, lineShown).toWellFormed()} ...`
    : line;
}

const notListed = "[daimon] The cells that people ran before these are not listed.";

/**
 * Of the cells behind `heard`. What stands for one depends on newer ones alone, and once it is shortened it stays so:
 * whoever reads the log anew, from wherever, comes to the same.
 */
export function boundCells(entries: Entry[], heard: number): void {
  let whole = wholeBytes;
  let named = namedBytes - Buffer.byteLength(notListed);
  const left: Entry[] = [];
  for (const entry of entries.slice(heard).toReversed()) {
    const { cell } = entry;
    if (!cell) continue;
    whole -= cell.bytes;
    if (whole >= 0) continue;
    named -= Buffer.byteLength(cell.name);
    if (named >= 0) entry.message = { role: "user", text: cell.name };
    else left.push(entry);
  }
  const [newest] = left;
  if (!newest) return;
  newest.message = { role: "user", text: notListed };
  newest.cell = { bytes: Infinity, name: notListed };
  newest.since = Math.min(...left.map(({ since }) => since));
  const gone = new Set(left.slice(1));
  entries.splice(heard, entries.length, ...entries.slice(heard).filter((entry) => !gone.has(entry)));
}
