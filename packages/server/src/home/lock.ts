import { DaimonError } from "@daimon/protocol";
import { fileIn, type Home } from "@daimon/protocol/client/home";
import Database from "better-sqlite3";
import { readFileSync, rmSync, writeFileSync } from "node:fs";

export type Lock = { release(): void };

/**
 * One daemon a home. The lock is a transaction that is never finished: the operating system ends it with the process,
 * however that dies, so no lock can be left behind. The pid beside it is for people.
 */
export function takeLock(home: Home): Lock {
  const db = open(home);
  writeFileSync(fileIn.pid(home), `${process.pid}\n`, { mode: 0o600 });
  return {
    release() {
      rmSync(fileIn.pid(home), { force: true });
      db.close();
    },
  };
}

function open(home: Home): Database.Database {
  let db: Database.Database | undefined;
  try {
    db = new Database(fileIn.lock(home), { timeout: 0 });
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY"))
      throw new DaimonError(
        "conflict",
        `a daemon${holder(home)} already runs on this home; use it, or end it with: daimon stop`,
        { cause: error },
      );
    throw new DaimonError(
      "store_unavailable",
      `cannot lock ${fileIn.lock(home)} (${error instanceof Error ? error.message : String(error)}); see that it is a file you may write, or remove it while no daemon runs`,
      { cause: error },
    );
  }
}

function holder(home: Home): string {
  try {
    return ` (pid ${Number(readFileSync(fileIn.pid(home), "utf8"))})`;
  } catch {
    return ""; // it has not written its pid yet
  }
}
