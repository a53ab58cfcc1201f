import type { Clock, Log, Store } from "../../core/ports.ts";
import { upcasters as allUpcasters, type Upcasters } from "../upcast.ts";
import { openDatabase } from "../database.ts";
import { migrations } from "./schema.ts";
import { SqliteStore } from "./store.ts";

export type SqliteStoreOptions = { file: string; clock: Clock; log: Log; upcasters?: Upcasters };

export const openSqliteStore = ({ file, clock, log, upcasters = allUpcasters }: SqliteStoreOptions): Store =>
  new SqliteStore(openDatabase(file, migrations), clock, log, upcasters);
