import type { Attachment, Client } from "../../../packages/protocol/src/client/index.ts";
import type { BlobRef, Value } from "../../../packages/protocol/src/index.ts";

/** One session's live Python, and what people see of the cells they run in it. */

export type Seen = {
  ok: boolean;
  outcome?: string;
  out: string;
  err: string;
  result: string;
  /** The kinds of its richer forms. */
  forms: string[];
  displays: Value[];
  bundle: Record<string, string | BlobRef>;
  error: string;
  variables: string[];
  /** What it asked people. */
  prompts: string[];
};

/** A cell's number is another one each time. */
const numberless = (text: string) => text.replaceAll(/<cell \d+>/g, "<cell N>");

/** Runs a cell to its end; each of its questions gets the next answer. */
export async function runCell(
  client: Client,
  at: Attachment,
  sessionId: string,
  code: string,
  answers: readonly string[] = [],
  onOutput: (text: string) => void = () => {},
): Promise<Seen> {
  const seen: Seen = {
    ...{
      ok: false,
      out: "",
      err: "",
      result: "",
      forms: [],
      displays: [],
      bundle: {},
      error: "",
      variables: [],
      prompts: [],
    },
  };
  const left = [...answers];
  const streams = new Map<number, "stdout" | "stderr">();
  const ended = Promise.withResolvers<void>();
  const stop = at.onChange((change) => {
    if (change.is === "delta") onOutput(change.delta.text);
    if (change.is !== "event") return;
    const { event, seq } = change.recorded;
    if (event.type === "cell.opened") streams.set(seq, event.stream);
    else if (event.type === "cell.closed") seen[streams.get(event.block) === "stderr" ? "err" : "out"] += event.text;
    else if (event.type === "cell.displayed") seen.displays.push(event.value);
    else if (event.type === "ask.opened") {
      seen.prompts.push(event.show.text);
      const answer = left.shift();
      if (answer === undefined) ended.reject(new Error(`nobody answers ${event.show.text}`));
      else client.request("session/answer", { sessionId, askId: seq, value: answer }).catch(ended.reject);
    } else if (event.type === "cell.finished") {
      seen.ok = event.ok;
      if (event.outcome !== undefined) seen.outcome = event.outcome;
      if (event.result !== undefined) seen.result = event.result.text;
      seen.bundle = event.result?.bundle ?? {};
      seen.forms = Object.keys(seen.bundle);
      seen.error = numberless(event.error?.traceback ?? "");
      seen.variables = (event.variables ?? []).map(({ name }) => name);
      ended.resolve();
    }
  });
  try {
    await client.request("session/python", { sessionId, code });
    await ended.promise;
  } finally {
    stop();
  }
  return { ...seen, out: numberless(seen.out), err: numberless(seen.err) };
}
