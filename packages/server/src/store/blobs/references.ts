import type { BlobRef } from "@daimon/protocol";
import { openDatabase } from "../database.ts";

const migrations = [
  `CREATE TABLE blob (
     sha256 TEXT PRIMARY KEY,
     bytes INTEGER NOT NULL,
     type TEXT NOT NULL,
     name TEXT,
     at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE reference (
     session TEXT NOT NULL,
     sha256 TEXT NOT NULL,
     PRIMARY KEY (session, sha256)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX reference_blob ON reference (sha256);`,
];

type Row = { sha256: string; bytes: number; type: string; name: string | null };

/** What each blob is called and which sessions refer to it. The bytes are files; see index.ts. */
export function openReferences(file: string) {
  const db = openDatabase(file, migrations);

  // Content that comes again counts as new: whoever sends it is about to refer to it.
  const note = db.prepare(
    `INSERT INTO blob (sha256, bytes, type, name, at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (sha256) DO UPDATE SET at = max(at, excluded.at)`,
  );
  const about = db.prepare<[string], Row>("SELECT sha256, bytes, type, name FROM blob WHERE sha256 = ?");
  const refer = db.prepare("INSERT OR IGNORE INTO reference (session, sha256) VALUES (?, ?)");
  const release = db.prepare("DELETE FROM reference WHERE session = ?");
  const forget = db
    .prepare<[number, number], string>(
      `DELETE FROM blob WHERE sha256 IN (
         SELECT sha256 FROM blob WHERE at < ?
           AND NOT EXISTS (SELECT 1 FROM reference WHERE reference.sha256 = blob.sha256) LIMIT ?
       ) RETURNING sha256`,
    )
    .pluck();

  return {
    note({ sha256, bytes, type, name }: BlobRef, at: number): void {
      note.run(sha256, bytes, type, name ?? null, at);
    },
    about(sha256: string): BlobRef | undefined {
      const row = about.get(sha256);
      if (!row) return undefined;
      const { name, ...ref } = row;
      return name === null ? ref : { ...ref, name };
    },
    /** All or none; answers those that nobody put. */
    keep: db.transaction((session: string, sha256s: readonly string[]): string[] => {
      const missing = sha256s.filter((sha256) => !about.get(sha256));
      if (missing.length === 0) for (const sha256 of sha256s) refer.run(session, sha256);
      return missing;
    }),
    release(session: string): void {
      release.run(session);
    },
    /** Forgets at most `limit` blobs; `remove` is called for each before that is final. */
    forget: db.transaction((before: number, limit: number, remove: (sha256: string) => void): number => {
      const gone = forget.all(before, limit);
      gone.forEach(remove);
      return gone.length;
    }),
    close(): void {
      db.close();
    },
  };
}
