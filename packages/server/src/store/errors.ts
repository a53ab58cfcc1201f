import { DaimonError } from "@daimon/protocol";
import Database from "better-sqlite3";

/** The SQLite result code, such as SQLITE_IOERR_WRITE; empty for an error that is not SQLite's. */
export const codeOf = (error: unknown): string => (error instanceof Database.SqliteError ? error.code : "");
export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const isCorruption = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));

export const unavailable = (error: unknown): DaimonError =>
  error instanceof DaimonError
    ? error
    : new DaimonError(
        "store_unavailable",
        `the store cannot be used now (${sentence(error)}); check the disk, then try again`,
        { cause: error },
      );
