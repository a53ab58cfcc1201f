import type { Item, ItemOf } from "@daimon/protocol";
import { sanitise } from "@daimon/protocol/sanitise";
import { carriedOver, highlight } from "../highlight/highlight.ts";
import { languageOf } from "../highlight/languages.ts";
import { markdownLines, type Page } from "../markdown/markdown.ts";
import type { Tint } from "../theme.ts";
import { truncate, wrap } from "../wrap.ts";
import { diffLines, isDiff } from "./diff.ts";
import { folded } from "./fold.ts";
import { resultLines } from "./frame.ts";

/** One thing of a session as lines. `unfolded`: all of it, however long. */
export type Shown = Page & { unfolded?: boolean };

const most = { output: 20, preview: 16 };

export function cardLines(item: Item, shown: Shown): string[] {
  switch (item.kind) {
    case "input":
      return said(item.by.name ?? item.by.principal, "ai", sanitise(item.text).split("\n"), shown);
    case "text":
      return markdownLines(item.text, shown);
    case "thinking":
      return thinking(item, shown);
    case "call":
      return call(item, shown);
    case "cell":
      return cell(item, shown);
    case "ended":
      return notice(
        `the turn ended: ${item.outcome}${item.reason ? ` (${item.reason})` : ""}`,
        shown,
        item.outcome === "failed" ? "trouble" : "faint",
      );
    case "notice":
      return notice(item.text, shown, "faint");
    case "compaction":
      return notice("what came before was summed up for the assistant", shown, "faint");
  }
}

/** What somebody entered: who, in which mode, and the rest of it below. */
function said(name: string, mode: "py" | "ai", lines: readonly string[], { columns, ink }: Shown): string[] {
  const who = sanitise(name).replaceAll("\n", " ");
  const head = `${ink(who, "person")} ${ink(`${mode}>`, mode)} `;
  const indent = mode === "py" ? "    " : "  ";
  return lines.flatMap((line, at) =>
    wrap(`${at === 0 ? head : indent}${line}`, columns, { indent, anywhere: mode === "py" }),
  );
}

function notice(text: string, { columns, ink }: Shown, tint: Tint): string[] {
  return wrap(ink(sanitise(text), tint), columns);
}

function thinking({ text, open }: ItemOf<"thinking">, { columns, ink, unfolded }: Shown): string[] {
  const lines = sanitise(text).split("\n");
  const head = `◇ ${open ? "thinking" : "thought"}`;
  if (unfolded)
    return [ink(head, "faint"), ...wrap(ink(lines.join("\n"), "faint"), columns - 2).map((line) => `  ${line}`)];
  const first = lines.find((line) => line.trim() !== "") ?? "";
  return [truncate(`${ink(head, "faint")}  ${ink(first.trim(), "faint", "emphasis")}`, columns)];
}

function call(item: ItemOf<"call">, shown: Shown): string[] {
  const { ink, columns } = shown;
  const sign = item.state !== "done" ? ink("⚙", "mark") : item.ok === false ? ink("✗", "trouble") : ink("✓", "good");
  const [first = "", ...rest] = sanitise(item.show.text).split("\n");
  const head = truncate(`${sign} ${ink(item.tool, "strong")} ${first}`, columns);
  const body = sanitise(item.progress?.text ?? "");
  const value = item.ok === false ? sanitise(item.value?.text ?? "") : "";
  return [head, ...[rest.join("\n"), body, value].flatMap((text) => inside(text, shown))];
}

/** What belongs to the line above: two columns further in, folded, a change of a file as one. */
function inside(text: string, shown: Shown): string[] {
  if (text.trim() === "") return [];
  const page = { ...shown, columns: Math.max(8, shown.columns - 2) };
  const lines = isDiff(text)
    ? diffLines(text, page)
    : text
        .replace(/\n$/, "")
        .split("\n")
        .flatMap((line) => wrap(line, page.columns, { anywhere: true }));
  return (shown.unfolded ? lines : folded(lines, most.preview, shown.ink)).map((line) => `  ${line}`);
}

function cell(item: ItemOf<"cell">, shown: Shown): string[] {
  const { ink, columns, unfolded } = shown;
  const fold = (lines: string[]) => (unfolded ? lines : folded(lines, most.output, ink));
  const code = said(item.by.name ?? item.by.principal, "py", pythonLines(sanitise(item.code), shown), shown);
  const outputs = item.outputs.flatMap(({ text, stream }) => {
    const lines = sanitise(text).replace(/\n$/, "").split("\n");
    return fold(
      lines.flatMap((line) => wrap(stream === "stderr" ? ink(line, "trouble") : line, columns, { anywhere: true })),
    );
  });
  const displays = item.displays.flatMap(({ text }) => fold(resultLines(sanitise(text), shown)));
  return [...code, ...outputs, ...displays, ...result(item, shown, fold), ...trouble(item, shown, fold)];
}

function result(item: ItemOf<"cell">, shown: Shown, fold: (lines: string[]) => string[]): string[] {
  if (!item.result) return [];
  const lines = fold(resultLines(sanitise(item.result.text), shown));
  const label = shown.ink(`[${item.id}]:`, "faint");
  return lines.length === 1 && lines[0]!.length + 12 < shown.columns ? [`${label} ${lines[0]!}`] : [label, ...lines];
}

function trouble(
  { error, note }: ItemOf<"cell">,
  { columns, ink }: Shown,
  fold: (lines: string[]) => string[],
): string[] {
  const text = error ? error.traceback || `${error.name}: ${error.message}` : "";
  const told = text === "" ? [] : sanitise(text).replace(/\n$/, "").split("\n");
  const lines = told.flatMap((line) => wrap(ink(line, "trouble"), columns, { anywhere: true }));
  return [...fold(lines), ...(note === undefined ? [] : wrap(ink(sanitise(note), "trouble"), columns))];
}

function pythonLines(code: string, { ink }: Shown): string[] {
  const python = languageOf("python")!;
  let carry = "";
  return code.split("\n").map((line) => {
    const { text } = highlight(line, python, carry, ink);
    carry = carriedOver(line, python, carry);
    return text;
  });
}
