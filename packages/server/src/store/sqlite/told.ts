import type Database from "better-sqlite3";

/** What people were told, so that a restart does not tell it again: of one day, because nobody asks for another. */
export function toldOf(db: Database.Database) {
  const get = db.prepare<[], string>("SELECT value FROM meta WHERE name = 'told'").pluck();
  const put = db.prepare<[string]>("INSERT OR REPLACE INTO meta (name, value) VALUES ('told', ?)");
  const on = (day: string): string[] => {
    const told = JSON.parse(get.get() ?? "{}") as Record<string, string[]>;
    return told[day] ?? [];
  };
  return { on, add: (day: string, what: string) => void put.run(JSON.stringify({ [day]: [...on(day), what] })) };
}
