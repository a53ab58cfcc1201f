import { DaimonError } from "@daimon/protocol";
import { checkOwner, stateOf } from "@daimon/protocol/client/home";
import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { type Static, Type } from "typebox";
import { fits } from "../check.ts";
import { isMissing, rewrite } from "./file.ts";

/** What is kept of sign-ins, in a file for this user's eyes alone. */

const object = { additionalProperties: false };
const SignedIn = Type.Object(
  {
    /** Where its tokens are good, and nowhere else. */
    resource: Type.String(),
    /** What the provider calls us since the first sign-in. */
    client: Type.String(),
    subject: Type.String(),
    email: Type.Optional(Type.String()),
    /** Absent where it has ended. */
    tokens: Type.Optional(
      Type.Object(
        {
          access: Type.String(),
          refresh: Type.Optional(Type.String()),
          renewFrom: Type.Number(),
          expires: Type.Number(),
        },
        object,
      ),
    ),
    ended: Type.Optional(Type.String()),
  },
  object,
);
const Kept = Type.Object(
  {
    /** This machine, as providers know it: made once, and the same for good. */
    host: Type.String({ pattern: "^urn:uuid:[0-9a-f-]{36}$" }),
    providers: Type.Record(Type.String(), SignedIn),
  },
  object,
);
export type SignedIn = Static<typeof SignedIn>;
export type Kept = Static<typeof Kept>;

/** As it was read last, read again where somebody else wrote it. What could not be written holds until this daemon ends. */
export class Records {
  readonly file: string;
  #kept: Kept = { host: `urn:uuid:${randomUUID()}`, providers: {} };
  #seen = "ENOENT";

  constructor(file: string) {
    this.file = file;
  }

  now(): Kept {
    const seen = stateOf(this.file);
    if (seen !== this.#seen) {
      this.#kept = read(this.file) ?? { host: this.#kept.host, providers: {} };
      this.#seen = seen;
    }
    return this.#kept;
  }

  /** Undefined takes it away. Whatever becomes of the file, this is what holds from now on. */
  put(provider: string, record: SignedIn | undefined): void {
    const { host, providers } = this.now();
    const { [provider]: _, ...others } = providers;
    this.#kept = { host, providers: record ? { ...others, [provider]: record } : others };
    this.write();
  }

  write(): void {
    rewrite(this.file, () => `${JSON.stringify(this.#kept, undefined, 2)}\n`);
    this.#seen = stateOf(this.file);
  }
}

function read(file: string): Kept | undefined {
  let text: string;
  try {
    const open = openSync(file, "r");
    try {
      const stats = fstatSync(open);
      checkOwner(file, stats);
      if (stats.mode & 0o077)
        throw new DaimonError("forbidden", `others can read the sign-ins in ${file}; run: chmod 600 '${file}'`);
      text = readFileSync(open, "utf8");
    } finally {
      closeSync(open);
    }
  } catch (error) {
    if (error instanceof DaimonError) throw error;
    if (isMissing(error)) return undefined;
    throw unusable(file);
  }
  const kept = parsed(text);
  if (!fits(Kept, kept)) throw unusable(file);
  return kept;
}

/** Nothing of what stands in it is repeated. */
const unusable = (file: string) =>
  new DaimonError("invalid", `${file} cannot be understood; move it away and sign in again`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it does not fit
  }
}
