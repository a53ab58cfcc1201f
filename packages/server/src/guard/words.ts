import type { Node } from "web-tree-sitter";

/** One word of a command. `sure`: bash passes exactly this text on, whatever runs before it. */
export type Word = { readonly text: string; readonly sure: boolean };

/** What a word stands for, as far as reading tells. What only running tells stays as it is written. */
export function wordOf(node: Node, home: string): Word {
  switch (node.type) {
    case "command_name":
    case "concatenation":
    case "string":
      return joined(node, home);
    case "word":
    case "number":
    case "extglob_pattern":
      return bare(node, home);
    case "raw_string":
      return { text: node.text.slice(1, -1), sure: true };
    case "string_content":
      return { text: node.text.replaceAll(/\\(["\\$`\n])/g, "$1"), sure: true };
    case "simple_expansion":
    case "expansion":
      return known(node.text.replace(/^\$\{(\w+)\}$/, "$$$1"), home);
    default:
      return { text: node.text, sure: false };
  }
}

/** Pieces that stand together. What the grammar skips between the quotes of a string is text like the rest. */
function joined(node: Node, home: string): Word {
  const quoted = node.type === "string";
  const end = quoted ? node.endIndex - 1 : node.endIndex;
  let at = quoted ? node.startIndex + 1 : node.startIndex;
  let text = "";
  let sure = true;
  for (const child of node.children) {
    if (child.startIndex < at || child.endIndex > end) continue;
    const piece = wordOf(child, home);
    text += node.text.slice(at - node.startIndex, child.startIndex - node.startIndex) + piece.text;
    sure &&= piece.sure || child.text === '"';
    at = child.endIndex;
  }
  return { text: text + node.text.slice(at - node.startIndex, end - node.startIndex), sure };
}

function bare(node: Node, home: string): Word {
  const text = node.text.replaceAll(/\\\n/g, "").replaceAll(/\\(.)/g, "$1");
  const expands = /[*?[{~]|[@+!]\(/.test(node.text);
  return /^~(?=\/|$)/.test(node.text)
    ? { text: home + text.slice(1), sure: !/[*?[{]/.test(text) }
    : { text, sure: !expands };
}

function known(text: string, home: string): Word {
  return text === "$HOME" ? { text: home, sure: true } : { text, sure: false };
}
