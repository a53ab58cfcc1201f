import type { Where } from "../core/ports.ts";
import { posix } from "node:path";
import type { Word } from "./words.ts";

/** Where a path that a command names lies. By its text alone: where links lead is for the sandbox to hold. */
export type Spot =
  | "inside"
  | "temporary"
  /** A root of the session, what holds one, or everything in it. */
  | "whole"
  | "repository"
  | "outside"
  /** Only running tells. */
  | "unknown";

const { resolve } = posix;
const holds = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
const temporary = ["/tmp", "/var/tmp"];

export function spotOf({ text }: Pick<Word, "text">, { cwd, roots, home }: Where): Spot {
  const [, before = "", glob = ""] = /^([^*?{[]*)(.*)$/s.exec(text) ?? [];
  if (/[$`]|^[<>]\(/.test(text) || /\.\.|\{[^}]*[/~]/.test(glob)) return "unknown";
  if (text.startsWith("~")) return "outside";
  // A pattern that names something reaches no more than that of the folder before it; any other reaches everything in there.
  const names = /^[^/]*\w/.test(glob.replaceAll(/\[[^\]]*\]/g, ""));
  const path = resolve(cwd, before + (names ? "some" : ""));
  if ([...roots, home].some((root) => holds(path, resolve(root)))) return "whole";
  if (/(?:^|\/)\.git(?:\/|$)/.test(path)) return "repository";
  if (roots.some((root) => holds(resolve(root), path))) return "inside";
  return temporary.some((folder) => path !== folder && holds(folder, path)) ? "temporary" : "outside";
}

/** Whether a folder is a root of the session or lies in one. */
export const isWithin = (text: string, { cwd, roots }: Where): boolean =>
  roots.some((root) => holds(resolve(root), resolve(cwd, text)));

/** Devices that keep nothing of what is written to them. */
export const keepsNothing = /^\/dev\/(?:null|stdout|stderr|tty|fd\/[12])$/;
