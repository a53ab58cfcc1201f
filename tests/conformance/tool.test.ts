import { expect, test } from "vitest";
import { tools } from "../../packages/server/src/tools/index.ts";
import { folder, put } from "../tools/place.ts";
import { fileSuite } from "./tool-files.ts";
import { writerSuite } from "./tool-writers.ts";
import { toolSuite } from "./tool.ts";

const cwd = folder();
put(`${cwd}/größe.txt`, "x = 1\n");
/** Tools that look at files, and how each is given a path. */
const looking: Record<string, (path: string) => object> = {
  read: (path) => ({ path }),
  ls: (path) => ({ path }),
  find: (path) => ({ pattern: "*", path }),
  grep: (path) => ({ pattern: "x", path }),
};
/** And those that change them. */
const writing: Record<string, (path: string) => object> = {
  write: (path) => ({ path, content: "new" }),
  edit: (path) => ({ path, edits: [{ oldText: "x", newText: "y" }] }),
  move: (path) => ({ from: path, to: "moved" }),
  delete: (path) => ({ path }),
};

const inputs: Record<string, readonly [unknown, ...unknown[]]> = {
  read: [{ path: "größe.txt" }, { path: "größe.txt", offset: 1, limit: 2 }],
  ls: [{}, { path: ".", limit: 1 }],
  find: [{ pattern: "*.txt" }, { pattern: "größe*", path: "." }],
  grep: [{ pattern: "x" }, { pattern: "x", path: ".", glob: "*.txt", context: 1, ignoreCase: true, literal: true }],
  write: [{ path: "neu/größe.txt", content: "x = 2\n😀" }],
  edit: [{ path: "größe.txt", edits: [{ oldText: "x = 1", newText: "x = 2" }] }],
  move: [{ from: "größe.txt", to: "anders.txt" }],
  delete: [{ path: "größe.txt" }],
  python: [{ code: "x = 6 * 7\nx" }, { code: "print('größe 😀')", results: { log: "result:12" } }],
  bash: [{ command: "echo größe" }, { command: "sleep 1000", timeout: 5 }, { command: "sleep 1000", background: true }],
  git: [{ does: "status" }, { does: "commit", message: "größe" }, { does: "branch", name: "x" }],
  bash_output: [{ job: "job:7" }, { job: "job:7", wait: 60 }],
  bash_kill: [{ job: "job:7" }],
  plan: [{ items: [{ text: "größe 😀", state: "doing" }] }, { items: [] }],
  ask: [{ question: "Which one?" }, { question: "Which one?", choices: ["größe", "😀"] }],
  list_globals: [{}],
  get_type: [{ expression: "x" }],
  get_repr: [{ expression: "x" }, { expression: "config['größe']" }],
  get_dir: [{ expression: "x" }],
  get_doc: [{ expression: "len" }],
  eval_expr: [{ expression: "6 * 7" }],
  get_last_exception: [{}],
};

/** Tools that work in a folder. */
const placed = [...Object.keys(looking), ...Object.keys(writing), "git"];
/** These look only at what their like has started. */
const alone = ["bash_output", "bash_kill"];

test("every tool has its place in this suite, under a name of its own", () => {
  expect(tools.map(({ name }) => name).toSorted()).toEqual(Object.keys(inputs).toSorted());
});

for (const tool of tools) {
  const given = looking[tool.name];
  const changing = writing[tool.name];
  toolSuite(tool, inputs[tool.name] ?? [{}], placed.includes(tool.name) ? cwd : undefined, alone.includes(tool.name));
  if (given) fileSuite(tool, given);
  if (changing) writerSuite(tool, changing);
}
