import { execFile, execFileSync } from "node:child_process";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";
import type { FileChange, Sandbox, ToolContext } from "../../packages/server/src/core/ports.ts";
import { remember, seenOf } from "../../packages/server/src/tools/seen.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { contextOf } from "../conformance/tool.ts";

/** A folder of its own, gone after the tests of the file. */
export function folder(above = tmpdir()): string {
  const path = realpathSync(mkdtempSync(join(above, "tools-")));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function put(path: string, content: string | Uint8Array = ""): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

export function link(path: string, target: string): string {
  mkdirSync(join(path, ".."), { recursive: true });
  symlinkSync(target, path);
  return path;
}

export function hardLink(path: string, target: string): string {
  linkSync(target, path);
  return path;
}

export function pipe(path: string): string {
  execFileSync("mkfifo", [path]);
  return path;
}

/** A session that works in this folder, with no means but files. */
export function working(cwd: string, more: Partial<ToolContext> = {}): ToolContext {
  const none = (means: string) => Promise.reject(new Error(`${means} was used`));
  return { ...contextOf(none), cwd, roots: [cwd], hidden: [], ...more };
}

export type Writing = ToolContext & { changes: FileChange[] };

/** The same for who changes files: what is said before each change is kept. */
export function writing(cwd: string, more: Partial<ToolContext> = {}): Writing {
  const changes: FileChange[] = [];
  const changing = (change: FileChange) => Promise.resolve(void changes.push(change));
  return { ...working(cwd, { changing, trash: folder(), ...more }), changes };
}

/** Marks a file as read by the assistant, as it is now. */
export function seen(path: string, session = "s"): string {
  const bytes = readFileSync(path);
  remember(session, path, seenOf(lstatSync(path, { bigint: true }), hash("sha256", bytes)));
  return path;
}

/** What somebody else is told by a tool, in a folder where everybody may enter: root may read everything. */
export async function asNobody(tool: string, cwd: string, input: object, path = ""): Promise<string> {
  const child = join(import.meta.dirname, "as-nobody.child.ts");
  const argv = [child, tool, cwd, JSON.stringify(input)];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { env: { PATH: path, HOME: cwd } });
  return stdout;
}

/** The driver of this machine; `used` hears which programs it is asked to run. */
export function sandboxed(used: string[] = []): Sandbox {
  const host = hostSandbox({ children: join(folder(), "children") });
  return { ...host, spawn: (argv, ...rest) => (used.push(argv[0] ?? ""), host.spawn(argv, ...rest)) };
}
