import { rmSync } from "node:fs";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { tools } from "../../packages/server/src/tools/index.ts";
import { contextOf, finish } from "../conformance/tool.ts";

// Root may read and write everything: what others are told can only be seen as somebody else.
if (process.getuid?.() === 0) {
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}
const [, , name, cwd = "", input = ""] = process.argv;
const tool = tools.find((one) => one.name === name);
if (!tool) throw new Error(`no tool ${name}`);
const none = (means: string) => Promise.reject(new Error(`${means} was used`));
const children = `/tmp/daimon-nobody-${process.pid}`;
const trash = `${children}/trash`;
const sandbox = hostSandbox({ children });
const changing = () => Promise.resolve();
const context = { ...contextOf(none), cwd, roots: [cwd], trash, changing, sandbox };
process.stdout.write((await finish(tool, JSON.parse(input), context)).text);
rmSync(children, { recursive: true, force: true });
