import { cutAt, type SessionView, type Summary } from "@daimon/protocol";

const previewLength = 120;

/** A session in one row of a list, written in the same transaction as the events that changed it. */
export function summaryOf(view: SessionView, created: number): Summary {
  const { id, title, cwd, model, mode, task, seq, at } = view;
  return {
    id,
    title,
    cwd,
    model,
    mode,
    ...(task ? { task } : {}),
    seq,
    created,
    at,
    doing: view.turn.is !== "idle" ? view.turn.is : view.kernel.is === "running" ? "running" : "idle",
    asks: view.asks.length,
    queued: view.queue.length + view.cells.length,
    preview: previewOf(view),
  };
}

function previewOf({ items }: SessionView): string {
  const said = items.findLast(
    (item) => item.kind === "input" || item.kind === "cell" || (item.kind === "text" && item.text !== ""),
  );
  if (!said || (said.kind !== "input" && said.kind !== "cell" && said.kind !== "text")) return "";
  const text = said.kind === "cell" ? said.code : said.text;
  // It is written with every event: of a long text only the beginning is looked at.
  const beginning = text
    .trimStart()
    .slice(0, 8 * previewLength)
    .replace(/\s+/g, " ")
    .trimEnd();
  return beginning.slice(0, cutAt(beginning, previewLength));
}
