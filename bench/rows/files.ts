import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Tool, ToolContext } from "../../packages/server/src/core/ports.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { grepWith } from "../../packages/server/src/tools/grep/index.ts";
import { ripgrepOn } from "../../packages/server/src/tools/grep/ripgrep.ts";
import { read } from "../../packages/server/src/tools/read/index.ts";
import { interleaved, type Line, median, type Row, timed, type World } from "../harness.ts";

const run = promisify(execFile);
const folders = 100;
const filesEach = 100;

/** How the assistant looks at files, against what looks at them without asking who may. */
export const files: Row = {
  name: "files",
  async run(world) {
    const cwd = world.folder();
    const context = contextIn(world, cwd);
    return [await reading(cwd, context), ...(await searching(cwd, context))];
  },
};

async function reading(cwd: string, context: ToolContext): Promise<Line> {
  const file = join(cwd, "lines.txt");
  writeFileSync(file, Array.from({ length: 2000 }, (_, index) => `  line ${index} of it`).join("\n"));
  const often = 20;
  const times = (work: () => Promise<unknown>) => () =>
    timed(async () => {
      for (let time = 0; time < often; time++) await work();
    });
  const { floor, measured } = await interleaved(30, {
    floor: times(() => readFile(file, "utf8")),
    measured: times(() => called(read, { path: "lines.txt" }, context)),
  });
  return {
    what: "read of 2,000 lines",
    unit: "ms",
    floor: median(floor) / often,
    measured: median(measured) / often,
    budget: { is: "ratio", most: 3 },
    note: "against readFile",
  };
}

async function searching(cwd: string, context: ToolContext): Promise<Line[]> {
  for (let folder = 0; folder < folders; folder++) {
    mkdirSync(join(cwd, `src/${folder}`), { recursive: true });
    for (let file = 0; file < filesEach; file++) {
      const lines = Array.from(
        { length: 80 },
        (_, line) => `const value${line} = compute(${folder}, ${file}, ${line});`,
      );
      if (file === 50) lines[40] = `export function needle${folder}() {}`;
      writeFileSync(join(cwd, `src/${folder}/${file}.ts`), lines.join("\n"));
    }
  }
  const rg = ripgrepOn(process.env["PATH"], [cwd]);
  const input = { pattern: "needle\\d+", path: "src", limit: 1000 };
  const search = (path: string) => () =>
    timed(() =>
      called(
        grepWith(() => path),
        input,
        context,
      ),
    );
  const budget = (most: number) => ({ is: "ratio" as const, most });
  const what = "grep over 10,000 files";
  if (rg === undefined) {
    const { own } = await interleaved(9, { own: search("") });
    return [{ what, unit: "ms", measured: median(own), budget: { is: "none" }, note: "by ourselves; no ripgrep here" }];
  }
  const { floor, by, own } = await interleaved(9, {
    floor: () => timed(() => run(rg, ["--hidden", "--no-require-git", "-n", "needle\\d+", "src"], { cwd })),
    by: search(join(rg, "..")),
    own: search(""),
  });
  return [
    { what, unit: "ms", floor: median(floor), measured: median(by), budget: budget(1.5), note: "with ripgrep" },
    { what, unit: "ms", floor: median(floor), measured: median(own), budget: budget(6), note: "by ourselves" },
  ];
}

async function called(tool: Tool, input: unknown, context: ToolContext): Promise<void> {
  const { value } = await tool.run(input, context).next();
  if (value?.text === undefined || ("ok" in value && value.ok === false)) throw new Error(`${tool.name} failed`);
}

export function contextIn(world: World, cwd: string): ToolContext {
  const none = () => Promise.reject(new Error("not here"));
  return {
    session: "bench",
    call: 1,
    cwd,
    roots: [cwd],
    hidden: [world.folder(), world.folder(), world.folder()],
    trash: "/nowhere",
    signal: new AbortController().signal,
    cell: none,
    capability: none,
    changing: none,
    result: none,
    plan: none,
    sandbox: hostSandbox({ children: join(world.folder(), "children") }),
    blobs: { put: none, get: none, keep: none, release: none, sweep: none },
  };
}
