import { DaimonError } from "@daimon/protocol";
import { sep } from "node:path";

/** What a tool says of a path that it does not open: what happened, and what to do. */

export const refusal = (sentence: string): DaimonError => new DaimonError("forbidden", sentence);

/** No name that people write has these, and who reads one sees another path than is opened. */
export const misleading = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;

/** A name as one line that reads as it is, whatever is in it. */
export const quoted = (path: string): string =>
  JSON.stringify(path.length > 300 ? `${path.slice(0, 300)}…` : path).replace(
    new RegExp(misleading, "gu"),
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Of paths without `..` and a slash at the end, as `resolve` gives them. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** A name in a list: as it is, or as one line. */
export const listed = (name: string): string => (misleading.test(name) ? quoted(name) : name);

const reasons: Record<string, string> = {
  EACCES: "permission denied; ask the people here to let you read it",
  EPERM: "permission denied; ask the people here to let you read it",
  ELOOP: "its links lead in circles, or one was put there just now",
  ENOTDIR: "a part of the path is a file and no folder",
  ENAMETOOLONG: "the path is too long",
  EMFILE: "too many files are open; try again",
  ENFILE: "too many files are open; try again",
  EIO: "the disk failed",
  ENXIO: "nobody is at its other end",
};

const permission = "permission denied; ask the people here to let you change it, and its folder";
const reasonsToWrite: Record<string, string> = {
  ...reasons,
  EACCES: permission,
  EPERM: permission,
  ENOSPC: "the disk is full; ask the people here to make room",
  EDQUOT: "the share of the disk is used up; ask the people here to make room",
  EROFS: "the disk may only be read",
  EFBIG: "it is larger than the disk takes",
  EBUSY: "something uses it, or a disk is mounted there",
  EXDEV: "that is another disk",
  ENOTEMPTY: "somebody put something into it",
  EEXIST: "somebody made it just now; look at it first",
};

/** What the system said, as a sentence; whatever is no trouble with a path is a bug and thrown on. */
export const troubleWith = (path: string, error: unknown): DaimonError => troubled(path, error, "opened", reasons);
export const troubleChanging = (path: string, error: unknown): DaimonError =>
  troubled(path, error, "changed", reasonsToWrite);

/** The reason alone. */
export const whyNot = (error: unknown): string =>
  error instanceof DaimonError ? error.message : (reasonsToWrite[codeOf(error)] ?? codeOf(error));

function troubled(path: string, error: unknown, done: string, known: Record<string, string>): DaimonError {
  if (error instanceof DaimonError) throw error;
  const code = codeOf(error);
  if (code === "ENOENT") return new DaimonError("not_found", `${quoted(path)} is not there any more.`);
  return new DaimonError("forbidden", `${quoted(path)} cannot be ${done}: ${known[code] ?? code}.`, { cause: error });
}

/** Node's own codes begin with ERR_, and who stops something has others. */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string" && /^E(?!RR_)[A-Z]/.test(code)) return code;
  throw error;
}
