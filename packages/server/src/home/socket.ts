import { DaimonError } from "@daimon/protocol";
import { checkFolder, fileIn, findSocket, fitsSocket, type Home } from "@daimon/protocol/client/home";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

/**
 * Where this daemon listens: in its run folder, or, where that path would be too long, in a short folder that the run
 * folder names. What an earlier daemon left there is removed. Only the holder of the lock calls this.
 */
export function prepareSocket(home: Home, env: NodeJS.ProcessEnv = process.env): string {
  const plain = fileIn.socket(home);
  if (fitsSocket(plain)) {
    rmSync(fileIn.socketPath(home), { force: true });
    return cleared(plain);
  }
  const path = cleared(join(shortFolder(home, env), "daimon.sock"));
  // Whole or not at all: a client may look at any moment.
  const draft = `${fileIn.socketPath(home)}.new`;
  writeFileSync(draft, `${path}\n`, { mode: 0o600 });
  renameSync(draft, fileIn.socketPath(home));
  return path;
}

/** Takes away what `prepareSocket` made outside the home. Only the holder of the lock calls this. */
export function releaseSocket(home: Home): void {
  const elsewhere = findSocket(home);
  if (elsewhere === undefined || elsewhere === fileIn.socket(home)) return;
  rmSync(dirname(elsewhere), { recursive: true });
  rmSync(fileIn.socketPath(home));
}

function shortFolder(home: Home, env: NodeJS.ProcessEnv): string {
  const hash = createHash("sha256").update(home.run).digest("hex").slice(0, 12);
  const runtime = env["XDG_RUNTIME_DIR"] ?? "";
  const ours = join(runtime, `daimon-${hash}`);
  const folder =
    isAbsolute(runtime) && fitsSocket(join(ours, "daimon.sock")) && isFolder(runtime)
      ? ours
      : `/tmp/daimon-${process.getuid?.() ?? "me"}-${hash}`;
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw new DaimonError(
        "forbidden",
        `cannot make ${folder} for the socket, because the path of ${home.run} is too long for one; set DAIMON_HOME to a shorter path`,
        { cause: error },
      );
  }
  checkFolder(folder);
  return folder;
}

const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function cleared(path: string): string {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there && !there.isSocket())
    throw new DaimonError("forbidden", `${path} is not a socket; move it away, the daemon listens there`);
  rmSync(path, { force: true });
  return path;
}
