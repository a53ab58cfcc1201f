import type { Node } from "web-tree-sitter";

/**
 * The strict reading: words joined by && || ; and |, and what goes to or comes from /dev/null. Only such a line can be allowed by
 * a rule, for only of such a line it is certain that bash runs these words and nothing else.
 */
export type Words = readonly string[];
export type Reading = { is: "plain"; commands: readonly Words[] } | { is: "more"; why: string };

export const mostPlain = { characters: 4_096, commands: 50 };

/** Bash takes these for its grammar where a command's name could stand. */
const reserved = new Set(
  "! [[ ]] { } case coproc do done elif else esac fi for function if in select then time until while".split(" "),
);
/** What stands for itself outside of quotes. A tilde does so only behind something: HEAD~1. */
const bareWord = /^(?:[\w@%+=:,./^-]|(?<=[\w^~])~)+$/;
const doubleQuoted = /^[^"$`\\!]*$/;
const operators = new Set(["&&", "||", ";", "|"]);
/** Only these: nothing is written, nothing is read, and the file descriptors of the terminal stay what they are. */
const harmlessRedirect = /^(?:(?:[12]|&)?>>? ?\/dev\/null|0?< ?\/dev\/null|2>&1|1?>&2)$/;

class More extends Error {}

/** Reads a line that the grammar could read without an error. */
export function readPlain(source: string, root: Node): Reading {
  const commands: Words[] = [];
  // A leaf begins where the last one ended but for spaces: so nothing of the line is left out of what was looked at.
  let read = 0;
  const leaf = (node: Node) => {
    if (!/^ *$/.test(source.slice(read, node.startIndex))) throw new More("there is more in it than words");
    read = node.endIndex;
  };

  function statement(node: Node): void {
    switch (node.type) {
      case "program":
      case "list":
      case "pipeline":
        for (const child of node.children) {
          if (child.isNamed) statement(child);
          else if (operators.has(child.type)) leaf(child);
          else throw new More(`there is ${JSON.stringify(child.text)} in it`);
        }
        return;
      case "redirected_statement":
        for (const child of node.namedChildren) {
          if (child.type !== "file_redirect") statement(child);
          else if (harmlessRedirect.test(child.text)) leaf(child);
          else throw new More(`it redirects: ${child.text}`);
        }
        if (node.namedChildren[0]?.type === "file_redirect") throw new More("it redirects and runs nothing");
        return;
      case "command": {
        const words = node.namedChildren.map((child) => (leaf(child), plainWord(child)));
        commands.push(words);
        const [name = ""] = words;
        // An assignment, a job, an option of the shell that reads it.
        if (!/^[^-%=][^=]*$/.test(name)) throw new More(`"${name}" is no program's name`);
        if (reserved.has(name)) throw new More(`"${name}" is a word of bash's grammar`);
        if (commands.length > mostPlain.commands) throw new More(`it has more than ${mostPlain.commands} commands`);
        return;
      }
      default:
        throw new More(`there is ${names[node.type] ?? "more than plain words"} in it`);
    }
  }

  try {
    if (source.length > mostPlain.characters) throw new More(`it is longer than ${mostPlain.characters} characters`);
    if (/[^\x20-\x7e]/.test(source)) throw new More("it has line breaks or characters outside of ASCII");
    statement(root);
    if (!/^ *$/.test(source.slice(read))) throw new More("there is more in it than words");
    if (commands.length === 0) throw new More("there is no command in it");
    return { is: "plain", commands };
  } catch (error) {
    if (error instanceof More) return { is: "more", why: error.message };
    throw error;
  }
}

const names: Record<string, string> = {
  comment: "a comment",
  subshell: "a subshell",
  compound_statement: "a group",
  function_definition: "a function",
  variable_assignment: "an assignment",
  variable_assignments: "an assignment",
  declaration_command: "a declaration",
  negated_command: "a negation",
  for_statement: "a loop",
  while_statement: "a loop",
  if_statement: "a condition",
  test_command: "a test",
};

function plainWord(node: Node): string {
  switch (node.type) {
    case "command_name":
    case "concatenation":
      return pieces(node).map(plainWord).join("");
    case "word":
    case "number":
      if (bareWord.test(node.text)) return node.text;
      throw new More(`"${node.text}" may mean something else to bash`);
    case "raw_string":
      return node.text.slice(1, -1);
    case "string": {
      const text = node.text.slice(1, -1);
      if (doubleQuoted.test(text)) return text;
      throw new More("something is put in between double quotes");
    }
    case "variable_assignment":
      throw new More("a variable is set for a command");
    default:
      throw new More(`"${node.text}" is more than a plain word`);
  }
}

/** The parts of a word, which together are all of it. */
function pieces(node: Node): readonly Node[] {
  const { children } = node;
  if (children.map(({ text }) => text).join("") === node.text) return children;
  throw new More(`"${node.text}" is more than a plain word`);
}
