import type { Node } from "web-tree-sitter";
import { type Word, wordOf } from "./words.ts";

/** A command anywhere in a line: in a loop, a function, a substitution. */
export type Command = {
  readonly words: readonly Word[];
  /** Files it writes to, and how. */
  readonly writes: readonly { operator: string; to: Word }[];
  /** What it is given to read: a heredoc's text. */
  readonly input: Word | undefined;
  /** It reads what another command says. */
  readonly piped: boolean;
  /** What it reads, or is, comes from the network. */
  readonly fetched: boolean;
  /** The function in which it calls itself. */
  readonly recurses: boolean;
};

type Around = Pick<Command, "writes" | "input" | "piped" | "fetched"> & { functions: readonly string[] };

const outermost: Around = { writes: [], input: undefined, piped: false, fetched: false, functions: [] };
const fetches = /(?:^|[^\w-])(?:curl|wget|aria2c|lynx|fetch|nc|ncat)(?:$|[^\w-])/;

export function commandsIn(root: Node, home: string): Command[] {
  const found: Command[] = [];
  const word = (node: Node): Word => wordOf(node, home);

  function walk(node: Node, around: Around): void {
    switch (node.type) {
      case "pipeline": {
        let { piped, fetched } = around;
        for (const stage of node.namedChildren) {
          walk(stage, { ...around, piped, fetched });
          piped = true;
          fetched ||= fetches.test(stage.text);
        }
        return;
      }
      case "redirected_statement": {
        const redirects = node.namedChildren.filter(({ type }) => type.endsWith("_redirect"));
        const fetched = around.fetched || redirects.some(({ text }) => fetches.test(text));
        const inner = { ...around, ...redirected(redirects), fetched };
        const bodies = node.namedChildren.filter((child) => !redirects.includes(child));
        if (bodies.length === 0) add([], inner);
        for (const body of bodies) walk(body, inner);
        for (const redirect of redirects) descend(redirect, around);
        return;
      }
      case "function_definition": {
        const [name, ...parts] = node.namedChildren;
        for (const part of parts) walk(part, { ...around, functions: [...around.functions, name?.text ?? ""] });
        return;
      }
      case "command": {
        const redirects = node.namedChildren.filter(({ type }) => type.endsWith("_redirect"));
        const words = node.namedChildren.filter(
          ({ type }) => type !== "variable_assignment" && !type.endsWith("_redirect"),
        );
        add(words.map(word), redirects.length > 0 ? { ...around, ...redirected(redirects) } : around);
        descend(node, around);
        return;
      }
      case "command_substitution":
      case "process_substitution":
        descend(node, { ...outermost, functions: around.functions });
        return;
      default:
        descend(node, around);
    }
  }

  function descend(node: Node, around: Around): void {
    for (const child of node.namedChildren) walk(child, around);
  }

  function add(words: Word[], { functions, ...around }: Around): void {
    const fetched = around.fetched || words.some(({ text, sure }) => !sure && fetches.test(text));
    found.push({ ...around, words, fetched, recurses: functions.includes(words[0]?.text ?? "") });
  }

  function redirected(nodes: readonly Node[]): Pick<Around, "writes" | "input"> {
    let input: Word | undefined;
    const writes: { operator: string; to: Word }[] = [];
    for (const node of nodes) {
      const last = node.namedChildren.at(-1);
      const body = node.namedChildren.find(({ type }) => type === "heredoc_body");
      if (body) input = { text: body.text, sure: body.namedChildren.every(({ type }) => type === "heredoc_content") };
      else if (node.type === "herestring_redirect" && last) input = word(last);
      const operator = /[&\d]*(>[>|&]?)/.exec(node.text)?.[1];
      if (node.type === "file_redirect" && operator && last?.type !== "number")
        for (const target of node.namedChildren.filter(({ type }) => type !== "file_descriptor"))
          writes.push({ operator, to: word(target) });
    }
    return { writes, input };
  }

  walk(root, outermost);
  return found;
}
