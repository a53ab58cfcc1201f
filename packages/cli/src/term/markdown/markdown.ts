import { Sanitiser } from "@daimon/protocol/sanitise";
import { type Carry, highlight } from "../highlight/highlight.ts";
import { languageOf } from "../highlight/languages.ts";
import type { Ink } from "../theme.ts";
import { wrap } from "../wrap.ts";
import { type Block, Blocks } from "./blocks.ts";
import { inline } from "./inline.ts";
import { tableLines } from "./table.ts";

/** How it is drawn: for how many columns, and with what ink. The columns may change between two blocks. */
export type Page = { columns: number; ink: Ink };

/** An answer as it streams: lines that are final, each given once, and those of the block that is still open. */
export class Markdown {
  #sanitiser = new Sanitiser();
  #return = false;
  #blocks = new Blocks();
  #pen = new Pen();

  push(text: string, page: Page): string[] {
    return this.#pen.draw(this.#blocks.push(this.#clean(text)), page);
  }

  end(page: Page): string[] {
    return this.#pen.draw(this.#blocks.end(), page);
  }

  /** What is not final yet, as it stands. */
  open(page: Page): string[] {
    return this.#pen.copy().draw(this.#blocks.open(), page, true);
  }

  /** Nothing in it that a terminal obeys, and one kind of line end, however it was cut. */
  #clean(text: string): string {
    const safe = (this.#return ? "\r" : "") + this.#sanitiser.push(text);
    this.#return = safe.endsWith("\r");
    return (this.#return ? safe.slice(0, -1) : safe).replace(/\r\n?/g, "\n");
  }
}

export function markdownLines(text: string, page: Page): string[] {
  const markdown = new Markdown();
  return [...markdown.push(text, page), ...markdown.end(page)];
}

const deepestQuote = 4;

/** Draws block after block; it knows of the ones before what the next one's look depends on. */
class Pen {
  #isFirst = true;
  #language = "";
  #carry: Carry = "";
  readonly #quotes: number;

  constructor(quotes = 0) {
    this.#quotes = quotes;
  }

  copy(): Pen {
    const pen = new Pen(this.#quotes);
    pen.#isFirst = this.#isFirst;
    pen.#language = this.#language;
    pen.#carry = this.#carry;
    return pen;
  }

  /** `isOpen`: the last of them may go on, so a fence is not shown as ended. */
  draw(blocks: readonly Block[], page: Page, isOpen = false): string[] {
    const shown = isOpen && blocks.at(-1)?.is === "fence end" ? blocks.slice(0, -1) : blocks;
    return shown.flatMap((block) => {
      const lines = this.#lines(block, page);
      const gap = block.gap && !this.#isFirst ? [""] : [];
      this.#isFirst = false;
      return [...gap, ...lines];
    });
  }

  #lines(block: Block, { columns, ink }: Page): string[] {
    switch (block.is) {
      case "paragraph":
        return wrap(inline(joined(block.text), ink), columns);
      case "heading":
        return wrap(inline(joined(block.text), ink, ["heading"]), columns);
      case "rule":
        return [ink("─".repeat(Math.min(columns, 72)), "faint")];
      case "item":
        return item(block, { columns, ink });
      case "quote":
        return this.#quote(block.text, { columns, ink });
      case "table": {
        const head = block.head.map((cell) => inline(cell, ink, ["strong"]));
        const rows = block.rows.map((row) => row.map((cell) => inline(cell, ink)));
        return tableLines(
          { head, rows, aligns: block.aligns, faint: (text) => ink(text, "faint") },
          columns,
          !block.continued,
        );
      }
      case "fence":
        this.#language = block.language;
        this.#carry = "";
        return [
          indentOf(block.depth) + ink(block.language === "" ? "╭─" : `╭─ ${block.language.slice(0, 40)}`, "faint"),
        ];
      case "code":
        return this.#code(block.text, block.depth, { columns, ink });
      case "fence end":
        return [indentOf(block.depth) + ink("╰─", "faint")];
    }
  }

  #code(text: string, depth: number, { columns, ink }: Page): string[] {
    const language = languageOf(this.#language);
    const expanded = text.replaceAll("\t", "    ");
    const done = language ? highlight(expanded, language, this.#carry, ink) : { text: expanded, carry: "" };
    this.#carry = done.carry;
    const rail = `${indentOf(depth)}${ink("│", "faint")} `;
    const room = Math.max(2, columns - 2 - indentOf(depth).length);
    return wrap(done.text, room, { anywhere: true }).map((line) => (line === "" ? rail.trimEnd() : rail + line));
  }

  #quote(text: string, { columns, ink }: Page): string[] {
    const rail = `${ink("▎", "mark")} `;
    const room = Math.max(8, columns - 2);
    if (this.#quotes >= deepestQuote) return wrap(inline(joined(text), ink), room).map((line) => rail + line);
    const blocks = new Blocks();
    const all = [...blocks.push(`${text}\n`), ...blocks.end()];
    return new Pen(this.#quotes + 1)
      .draw(all, { columns: room, ink })
      .map((line) => (line === "" ? rail.trimEnd() : rail + line));
  }
}

/** A line break in the source is a blank, unless two blanks or a backslash are before it. */
const joined = (text: string): string =>
  text
    .replace(/(?: {2,}|\\)\n/g, "\u0000")
    .replace(/ *\n */g, " ")
    .replaceAll("\u0000", "\n");

const indentOf = (depth: number): string => "  ".repeat(Math.min(depth, 8));

const bullets = ["•", "◦", "▪"];

function item({ depth, mark, text }: Extract<Block, { is: "item" }>, { columns, ink }: Page): string[] {
  const before = "  ".repeat(depth);
  const [, box, words] = /^\[([ xX])\] (.*)$/s.exec(text) ?? [];
  const bullet =
    box === undefined ? (/^\d/.test(mark) ? mark : bullets[depth % bullets.length]!) : box === " " ? "☐" : "☑";
  const isFurther = mark.trim() === "";
  const own = isFurther ? " ".repeat(mark.length + 1) : `${bullet} `;
  const room = Math.max(4, columns - before.length - own.length);
  const lines = wrap(inline(joined(words ?? text), ink), room);
  const beside = before + (isFurther ? own : `${ink(bullet, "mark")} `);
  return lines.map((line, at) => (at === 0 ? beside : before + " ".repeat(own.length)) + line);
}
