/** Markdown as it streams, in blocks: what a block is depends on nothing that comes after it, so it is final when it is told. */

export type Align = "left" | "right" | "center";
export type Block = { gap: boolean } & (
  | { is: "paragraph"; text: string }
  | { is: "heading"; level: number; text: string }
  | { is: "item"; depth: number; mark: string; text: string }
  | { is: "quote"; text: string }
  | { is: "rule" }
  | { is: "table"; head: string[]; aligns: Align[]; rows: string[][]; continued: boolean }
  | { is: "fence"; language: string; depth: number }
  | { is: "code"; text: string; depth: number }
  | { is: "fence end"; depth: number }
);
/** What grows from line to line until something else begins. */
type Open = Extract<Block, { is: "paragraph" | "item" | "quote" | "table" }>;
type Fence = { mark: string; indent: number; depth: number };

/** A line, and a block, is not longer: what never ends would be drawn again and again. */
const longest = 8_192;
const mostRows = 100;

const fenceLine = /^( *)(`{3,}|~{3,}) *([^`\s]*)[^`]*$/;
const headingLine = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const ruleLine = /^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/;
const itemLine = /^( *)([-*+]|\d{1,9}[.)])(?:[ \t]+(.*)|)$/;
const quoteLine = /^ {0,3}> ?(.*)$/;
const underline = /^ {0,3}(?:=+|-+)[ \t]*$/;
const tableLine = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

export class Blocks {
  #rest = "";
  #open: Open | undefined;
  #fence: Fence | undefined;
  /** The items that hold what comes next. */
  #indents: { indent: number; mark: string }[] = [];
  #gap = false;
  #told: Block[] = [];

  /** Takes text, and gives what is final now. */
  push(text: string): Block[] {
    this.#rest += text;
    for (;;) {
      const end = this.#rest.indexOf("\n");
      const isLong = end > longest || (end < 0 && this.#rest.length > longest);
      if (end < 0 && !isLong) return this.#take();
      this.#line(this.#rest.slice(0, isLong ? longest : end));
      this.#rest = this.#rest.slice(isLong ? longest : end + 1);
    }
  }

  /** Nothing more comes. */
  end(): Block[] {
    if (this.#rest !== "") this.#line(this.#rest);
    this.#rest = "";
    this.#close();
    if (this.#fence) this.#tell({ is: "fence end", depth: this.#fence.depth, gap: false });
    this.#fence = undefined;
    return this.#take();
  }

  /** What would be told if nothing more came; nothing of it is final. */
  open(): Block[] {
    const copy = new Blocks();
    copy.#rest = this.#rest;
    copy.#open =
      this.#open && (this.#open.is === "table" ? { ...this.#open, rows: [...this.#open.rows] } : { ...this.#open });
    copy.#fence = this.#fence;
    copy.#indents = [...this.#indents];
    copy.#gap = this.#gap;
    return copy.end();
  }

  #take(): Block[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }

  #tell(block: Block): void {
    this.#told.push(block);
  }

  /** Whether an empty line came since the last block began. */
  #takeGap(): boolean {
    const gap = this.#gap;
    this.#gap = false;
    return gap;
  }

  #close(): void {
    if (this.#open) this.#tell(this.#open);
    this.#open = undefined;
  }

  #line(line: string): void {
    if (this.#fence) return this.#inFence(line, this.#fence);
    if (line.trim() === "") {
      this.#close();
      this.#gap = true;
      return;
    }
    if (this.#open?.is === "table" && this.#row(line, this.#open)) return;
    const [, indent = "", mark, language = ""] = fenceLine.exec(line) ?? [];
    if (mark !== undefined) return this.#beginFence(indent.length, mark, language);
    if (this.#underlined(line)) return;
    const heading = headingLine.exec(line);
    if (heading)
      return this.#whole({ is: "heading", level: heading[1]!.length, text: heading[2] ?? "", gap: this.#takeGap() });
    if (ruleLine.test(line)) return this.#whole({ is: "rule", gap: this.#takeGap() });
    const quote = quoteLine.exec(line);
    if (quote) return this.#quoted(quote[1]!);
    const item = itemLine.exec(line);
    // A paragraph's line that happens to begin with a number is none of a list, unless it is the first.
    if (item && (this.#open?.is !== "paragraph" || /^(?:[-*+]|1[.)])$/.test(item[2]!)))
      return this.#item(item[1]!.length, item[2]!, item[3] ?? "");
    this.#words(line);
  }

  #whole(block: Block): void {
    this.#close();
    this.#indents = [];
    this.#tell(block);
  }

  #beginFence(indent: number, mark: string, language: string): void {
    this.#close();
    this.#outdent(indent);
    const depth = this.#indents.length;
    this.#fence = { mark, indent, depth };
    this.#tell({ is: "fence", language, depth, gap: this.#takeGap() });
  }

  #inFence(line: string, { mark, indent, depth }: Fence): void {
    const closing = line.trim();
    const isEnd = closing.length >= mark.length && closing === mark[0]!.repeat(closing.length);
    if (isEnd) this.#fence = undefined;
    if (isEnd) return this.#tell({ is: "fence end", depth, gap: false });
    const own = /^ */.exec(line)![0].length;
    this.#tell({ is: "code", text: line.slice(Math.min(own, indent)), depth, gap: false });
  }

  /** A paragraph's line of `===` or `---` makes a heading of it; one of a table's kind a table. */
  #underlined(line: string): boolean {
    const open = this.#open;
    if (open?.is !== "paragraph" && open?.is !== "item") return false;
    const lines = open.text.split("\n");
    const head = lines.at(-1)!;
    if (head.includes("|") && tableLine.test(line)) {
      const cells = cellsOf(head);
      const marks = cellsOf(line);
      if (cells.length !== marks.length) return false;
      this.#open =
        lines.length > 1 || open.is === "item" ? { ...open, text: lines.slice(0, -1).join("\n") } : undefined;
      const gap = this.#open ? false : open.gap;
      this.#close();
      this.#open = { is: "table", head: cells, aligns: marks.map(alignOf), rows: [], continued: false, gap };
      return true;
    }
    if (open.is !== "paragraph" || !underline.test(line)) return false;
    this.#open = undefined;
    this.#tell({ is: "heading", level: line.trim().startsWith("=") ? 1 : 2, text: open.text, gap: open.gap });
    return true;
  }

  #row(line: string, table: Extract<Open, { is: "table" }>): boolean {
    if (!line.includes("|")) return false;
    table.rows.push(cellsOf(line));
    if (table.rows.length < mostRows) return true;
    this.#close();
    this.#open = { ...table, rows: [], continued: true, gap: false };
    return true;
  }

  #quoted(text: string): void {
    if (this.#open?.is === "quote" && this.#open.text.length < longest) {
      this.#open.text += `\n${text}`;
      return;
    }
    this.#close();
    this.#indents = [];
    this.#open = { is: "quote", text, gap: this.#takeGap() };
  }

  #item(indent: number, mark: string, text: string): void {
    this.#close();
    this.#outdent(indent);
    // Four blanks before the first item are no deeper than none.
    const depth = Math.min(this.#indents.length, 8);
    this.#indents.push({ indent, mark });
    this.#open = { is: "item", depth, mark, text, gap: this.#takeGap() };
  }

  #words(line: string): void {
    const open = this.#open;
    const indent = /^ */.exec(line)![0].length;
    if (open && open.is !== "table" && open.text.length < longest) {
      open.text += open.text === "" ? line.trim() : `\n${line.trimStart()}`;
      return;
    }
    this.#close();
    this.#outdent(indent);
    const text = line.trimStart();
    // Words that belong to an item of which they are a further paragraph.
    const inner = this.#indents.at(-1);
    this.#open = inner
      ? {
          is: "item",
          depth: Math.min(this.#indents.length - 1, 8),
          mark: " ".repeat(inner.mark.length),
          text,
          gap: this.#takeGap(),
        }
      : { is: "paragraph", text, gap: this.#takeGap() };
  }

  /** Leaves the items that something with this indent is not part of. */
  #outdent(indent: number): void {
    while (this.#indents.length > 0 && indent <= this.#indents.at(-1)!.indent) this.#indents.pop();
  }
}

/** The cells of a row: a bar behind a backslash or in code is none. */
function cellsOf(line: string): string[] {
  const cells = line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .match(/(?:\\.|`[^`]*`|[^|\\]|\\)+|(?<=\|)(?=\|)|^(?=\|)|(?<=\|)$/g) ?? [""];
  return cells.slice(0, 50).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

const alignOf = (mark: string): Align => (!mark.endsWith(":") ? "left" : mark.startsWith(":") ? "center" : "right");
