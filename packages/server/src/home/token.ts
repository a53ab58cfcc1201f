import { fileIn, type Home, readToken } from "@daimon/protocol/client/home";
import { randomBytes } from "node:crypto";
import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** The home's token, made at the first start. Only the holder of the lock calls this. */
export function ensureToken(home: Home): string {
  const known = readToken(home);
  if (known !== undefined) return known;
  const token = `dmn_${randomBytes(32).toString("base64url")}`;
  // Under another name first: a crash in between leaves no half token that every client would then refuse.
  const draft = `${fileIn.token(home)}.new`;
  rmSync(draft, { force: true });
  const file = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeSync(file, `${token}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, fileIn.token(home));
  return token;
}
