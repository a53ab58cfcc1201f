import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Node, Parser } from "web-tree-sitter";

export type Outcome<T> = { is: "read"; value: T } | { is: "refused"; why: string };
/** Reads a line and hands its tree to `look`, which may keep nothing of it: the tree is freed when it returns. */
export type Read = <T>(source: string, look: (root: Node) => T) => Outcome<T>;

/**
 * Parsing happens in the daemon's own loop, so what could take long is not begun. A thousand lists in each other or four thousand
 * redirections take seconds, and progress is not reported often enough to stop them: hence the counts. Where the grammar has
 * found an error, guessing what was meant takes the time, and nobody needs to know.
 */
export const most = { characters: 8_192, opened: 100, joined: 250, heredocs: 16, progress: 1_000, errant: 60 };

/** Reads bash by its grammar. A parser that broke is made anew for the next line. */
export async function openParser(): Promise<Read> {
  const { Language, Parser } = await import("web-tree-sitter");
  await Parser.init();
  const grammar = await Language.load(await readFile(grammarFile()));
  let parser: Parser | undefined;
  return (source, look) => {
    const why = tooMuch(source);
    if (why) return { is: "refused", why };
    parser ??= new Parser().setLanguage(grammar);
    let calls = 0;
    try {
      const tree = parser.parse(source, null, {
        progressCallback: ({ hasError }) => ++calls > (hasError ? most.errant : most.progress),
      });
      parser.reset();
      if (!tree) return { is: "refused", why: "it is too intricate to be read" };
      try {
        return { is: "read", value: look(tree.rootNode) };
      } finally {
        tree.delete();
      }
    } catch (error) {
      parser = undefined;
      throw error;
    }
  };
}

function tooMuch(source: string): string | undefined {
  const count = (pattern: RegExp) => source.match(pattern)?.length ?? 0;
  if (source.length > most.characters)
    return `it is longer than ${most.characters} characters: put it into a file, and run that`;
  if (count(/[({[`]/g) > most.opened) return `it opens more than ${most.opened} brackets`;
  if (count(/[|<>]/g) > most.joined) return `it has more than ${most.joined} pipes and redirections`;
  if (count(/<</g) > most.heredocs) return `it has more than ${most.heredocs} heredocs`;
  return undefined;
}

/** Beside the bundle in the published package, in its own package in a clone. */
const grammarFile = (): string =>
  import.meta.url.endsWith(".ts")
    ? createRequire(import.meta.url).resolve("tree-sitter-bash/tree-sitter-bash.wasm")
    : fileURLToPath(new URL("./bash/tree-sitter-bash.wasm", import.meta.url));
