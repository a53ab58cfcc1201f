import type { Item } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { findSession, type Opened, withClient } from "../open.ts";
import { Story } from "../session/story.ts";
import { paintFor } from "../term/colour.ts";
import { sanitise } from "@daimon/protocol/sanitise";
import { Writer } from "../views/writer.ts";

export async function command(given: Arguments): Promise<Exit> {
  return withClient(async (client) => {
    const { id } = await findSession(client, given.needed("SESSION"));
    const view = await client.request("session/get", { sessionId: id });
    if (given.flag("json")) {
      process.stdout.write(`${JSON.stringify(view)}\n`);
      return exits.done;
    }
    const items = [...(await olderItems(client, id, view.older)), ...view.items];
    const title = view.title === "" ? "" : ` "${sanitise(view.title)}"`;
    process.stdout.write(
      `session ${view.id}${title}, ${sanitise(view.cwd)}, ${sanitise(view.model)}, mode ${view.mode}\n\n`,
    );
    const story = new Story();
    const writer = new Writer({
      print: (text) => process.stdout.write(text),
      paint: paintFor(process.env, process.stdout.isTTY),
    });
    const now = { view: { ...view, items }, open: new Map(), present: [], link: "live" as const };
    writer.write(story.tell({ is: "view" }, now));
    writer.write(view.asks.map((ask) => ({ is: "ask", ask, by: undefined })));
    return exits.done;
  });
}

/** What lies before the view's window, oldest first. */
async function olderItems(client: Opened, sessionId: string, older: number | true | undefined): Promise<Item[]> {
  let items: Item[] = [];
  let before = older;
  while (before !== undefined) {
    const page = await client.request("session/history", {
      sessionId,
      limit: 200,
      ...(before === true ? {} : { before }),
    });
    items = [...page.items, ...items];
    if (page.items.length === 0) break;
    before = page.older;
  }
  return items;
}
