import { DaimonError } from "@daimon/protocol";
import Database from "better-sqlite3";
import { codeOf, isCorruption, sentence } from "./errors.ts";

/** How long a lock that another program holds may keep the event loop: a backup or a look from outside is short. */
const lockMs = 1000;
const walBytes = 16 * 1024 * 1024;

/**
 * Opens a database of ours, where every acknowledged commit is on the disk. Each migration brings it from its place
 * in the list to the next version; PRAGMA user_version holds the number done.
 */
export function openDatabase(file: string, migrations: readonly string[]): Database.Database {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: lockMs });
    refuseNewer(db, file, migrations.length);
    // What a power cut takes of the setting up is set up again; the first commit of somebody's waits for all of it.
    db.pragma("synchronous = NORMAL");
    db.pragma("journal_mode = WAL");
    // While somebody else reads, the log written ahead grows; afterwards it gives its room back.
    db.pragma(`journal_size_limit = ${walBytes}`);
    migrate(db, migrations);
    db.pragma("synchronous = FULL");
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof DaimonError) throw error;
    throw new DaimonError("store_unavailable", `cannot open ${file} (${sentence(error)}); ${remedy(error)}`, {
      cause: error,
    });
  }
}

const versionOf = (db: Database.Database): number => db.pragma("user_version", { simple: true }) as number;

function refuseNewer(db: Database.Database, file: string, known: number): void {
  const version = versionOf(db);
  if (version > known)
    throw new DaimonError(
      "version",
      `${file} was written by a newer daimon (format ${version}, this one knows ${known}); update daimon, or set DAIMON_HOME to another folder`,
    );
}

/** In one transaction under the write lock, so that a new file is set up once, whole, or not at all. */
function migrate(db: Database.Database, migrations: readonly string[]): void {
  // Most starts: there is nothing to write, so the disk need not be waited for, and may be full.
  if (versionOf(db) === migrations.length) return;
  db.transaction(() => {
    for (const migration of migrations.slice(versionOf(db))) db.exec(migration);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

function remedy(error: unknown): string {
  if (isCorruption(error)) return "it is damaged or no database of daimon; restore it from a backup";
  if (codeOf(error) === "SQLITE_FULL") return "free some disk space";
  if (codeOf(error) === "SQLITE_BUSY") return "another program is using it; end that first";
  return "make sure that its folder exists and that you may write to both";
}
