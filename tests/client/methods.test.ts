import { expect, test } from "vitest";
import { changing } from "../../packages/protocol/src/client/methods.ts";
import { commands, type Row } from "../../packages/protocol/src/schema/index.ts";

const rows = Object.entries<Row>(commands);

test("every command that changes something is known to the client, and no other", () => {
  const changes = rows.filter(([, row]) => row.changes).map(([method]) => method);
  expect(Object.keys(changing).toSorted()).toEqual(changes.toSorted());
});

test("an opId goes with exactly the commands that take one", () => {
  const takes = rows
    .filter(([, row]) => "opId" in (row.params as { properties: object }).properties)
    .map(([method]) => method);
  const sent = Object.entries(changing).flatMap(([method, how]) => (how === "opId" ? [method] : []));
  expect(sent.toSorted()).toEqual(takes.toSorted());
});
