import { rmSync } from "node:fs";
import { find } from "../../packages/server/src/tools/find/index.ts";
import { grep } from "../../packages/server/src/tools/grep/index.ts";
import { ls } from "../../packages/server/src/tools/ls/index.ts";
import { read } from "../../packages/server/src/tools/read/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { contextOf, finish } from "../conformance/tool.ts";

// Root may read everything: what others are told can only be seen as somebody else.
if (process.getuid?.() === 0) {
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}
const [, , name, cwd = "", input = ""] = process.argv;
const tool = [find, grep, ls, read].find((one) => one.name === name);
if (!tool) throw new Error(`no tool ${name}`);
const none = (means: string) => Promise.reject(new Error(`${means} was used`));
const children = `/tmp/daimon-nobody-${process.pid}`;
const sandbox = hostSandbox({ children });
const context = { ...contextOf(none), cwd, roots: [cwd], sandbox };
process.stdout.write((await finish(tool, JSON.parse(input), context)).text);
rmSync(children, { recursive: true, force: true });
