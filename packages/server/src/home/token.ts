import { fileIn, type Home, readToken, replaceFile } from "@daimon/protocol/client/home";
import { randomBytes } from "node:crypto";

export const newToken = (): string => `dmn_${randomBytes(32).toString("base64url")}`;

/** The home's token, made at the first start. Only the holder of the lock calls this. */
export function ensureToken(home: Home): string {
  const known = readToken(home);
  if (known !== undefined) return known;
  const token = newToken();
  writeToken(home, token);
  return token;
}

/** No half token after a crash: every client would refuse it. */
export const writeToken = (home: Home, token: string): void => replaceFile(fileIn.token(home), `${token}\n`);
