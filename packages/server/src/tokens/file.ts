import { DaimonError } from "@daimon/protocol";
import { readSecret, replaceFile } from "@daimon/protocol/client/home";
import { Token } from "@daimon/protocol/schema";
import { type Static, Type } from "typebox";
import { fits } from "../check.ts";

/** What is kept of tokens: what they may do, and the SHA-256 by which one is known. None can be read from it. */

const closed = { additionalProperties: false };
const Kept = Type.Object({ ...Token.properties, sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }) }, closed);
const File = Type.Object(
  {
    /** When the home's own was shown last. */
    used: Type.Optional(Type.Integer()),
    tokens: Type.Array(Kept, { maxItems: 1000 }),
  },
  closed,
);
export type Kept = Static<typeof Kept>;
export type File = Static<typeof File>;

const longest = 4 * 1024 * 1024;

/** A file that cannot be trusted or understood stops the start: nobody knows then whom it would let in. */
export function readTokens(path: string): File {
  const mend = "move it away (its tokens are then gone), and start again";
  const text = readSecret(path, mend, longest);
  if (text === undefined) return { tokens: [] };
  const file = parsed(text);
  if (fits(File, file)) return file;
  throw new DaimonError("invalid", `${path} cannot be understood; ${mend}`);
}

export const writeTokens = (path: string, file: File): void =>
  replaceFile(path, `${JSON.stringify(file, undefined, 2)}\n`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it does not fit
  }
}
