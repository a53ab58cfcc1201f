import { checkFolder, checkOwner, type Home, homeOf, makeFolder } from "@daimon/protocol/client/home";
import { DaimonError } from "@daimon/protocol";
import { accessSync, constants, statSync } from "node:fs";

/**
 * Makes the folders of daimon, for this user alone, and refuses what is there already if somebody else could have
 * prepared it, can look into it, or if nothing can be written there.
 */
export function openHome(env: NodeJS.ProcessEnv = process.env): Home {
  const home = homeOf(env);
  if (home.base !== undefined) own(home.base);
  own(home.state);
  own(home.run);
  ownConfig(home.config);
  return home;
}

function own(folder: string): void {
  make(folder);
  checkFolder(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** People keep configuration in repositories and link it here: only who may write it matters. */
function ownConfig(folder: string): void {
  make(folder);
  const stats = statSync(folder);
  checkOwner(folder, stats);
  if (stats.mode & 0o022) throw new DaimonError("forbidden", `others can write ${folder}; run: chmod go-w '${folder}'`);
}

function make(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    throw unwritable((error as NodeJS.ErrnoException).path ?? folder, error);
  }
}

const reasons: Record<string, string> = {
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOTDIR: "there is a file in its way",
  ENOENT: "no folder can be made there",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "the path is too long",
};

function unwritable(folder: string, error: unknown): DaimonError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const reason = reasons[code] ?? message;
  return new DaimonError(
    "forbidden",
    `cannot write to ${folder} (${reason}); make it writable or set DAIMON_HOME to a folder of your own`,
    { cause: error },
  );
}
