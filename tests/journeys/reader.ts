import { createClient } from "../../packages/protocol/src/client/index.ts";
import { connectLocal } from "../../packages/protocol/src/client/local.ts";

/** A client of its own process, so that it can be stopped like one. Says when it is attached, and when it has seen the end. */

const [socketPath = "", token = "", sessionId = ""] = process.argv.slice(2);
const client = createClient({ connect: connectLocal({ socketPath, token }), client: { name: "reader", version: "1" } });
const at = await client.attach(sessionId);
process.stdout.write("attached\n");
at.onChange(() => {
  const { view, link } = at.now;
  if (link !== "live" || view.turn.is !== "idle" || view.items.length < 2) return;
  process.stdout.write(`seq ${view.seq}\n`);
  client.close();
});
