import websocket from "@fastify/websocket";
import Database from "better-sqlite3";
import fastify from "fastify";

/** The least a daemon with these libraries can weigh. */

const [socketPath = "", file = ""] = process.argv.slice(2);
const db = new Database(file);
db.pragma("journal_mode = WAL");
db.exec("CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT)");
const app = fastify();
await app.register(websocket);
app.get("/health", () => ({ ok: true }));
await app.listen({ path: socketPath });
process.stdout.write("listening\n");
