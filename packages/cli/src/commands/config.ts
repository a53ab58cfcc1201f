import { fileIn, homeOf } from "@daimon/protocol/client/home";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { nearest } from "../nearest.ts";
import { withClient } from "../open.ts";
import { sanitise } from "@daimon/protocol/sanitise";

const acts = ["get", "set", "path"] as const;

export async function command(given: Arguments): Promise<Exit> {
  const act = given.needed("get|set|path");
  const [key, value] = [given.word("KEY"), given.word("VALUE")];
  if (act === "path") return print(fileIn.config(homeOf(process.env)));
  if (act === "get") {
    const answer = await withClient((client) => client.request("config/get", key === undefined ? {} : { key }));
    return print(lines(answer.value, key));
  }
  if (act !== "set") throw unknown(act);
  if (key === undefined || value === undefined) throw usage("name what to set, and to what: config set KEY VALUE");
  const answer = await withClient((client) => client.request("config/set", { key, value }));
  return print(lines(answer.value, key));
}

function print(text: string): Exit {
  process.stdout.write(sanitise(`${text}\n`));
  return exits.done;
}

/** One thing set, as it is; several, a line each. */
const lines = (value: unknown, key: string | undefined): string =>
  isTable(value) ? flat(value, key === undefined ? [] : [key]).join("\n") : text(value);

const flat = (table: object, path: readonly string[]): string[] =>
  Object.entries(table).flatMap(([name, value]: [string, unknown]) =>
    isTable(value) ? flat(value, [...path, name]) : [`${[...path, name].join(".")} = ${JSON.stringify(value)}`],
  );

const isTable = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function unknown(act: string) {
  const meant = nearest(act, acts);
  return usage(`config has no "${act}"; ${meant ? `did you mean "${meant}"?` : `it has ${acts.join(", ")}`}`);
}
