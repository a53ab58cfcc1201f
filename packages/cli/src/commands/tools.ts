import { sanitise } from "@daimon/protocol/sanitise";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits, usage } from "../failure.ts";
import { nearest } from "../nearest.ts";
import { withClient } from "../open.ts";
import { fieldsOf, type ToldTool, touchWords } from "../session/toolwords.ts";
import { columns } from "../views/columns.ts";

export async function command(given: Arguments): Promise<Exit> {
  const { tools } = await withClient((client) => client.request("tool/list", {}));
  const named = given.word("NAME");
  const tool = named === undefined ? undefined : found(tools, named);
  if (given.flag("json")) process.stdout.write(`${JSON.stringify(tool ?? { tools })}\n`);
  else process.stdout.write(sanitise(tool ? whole(tool) : columns(tools.map(row))));
  return exits.done;
}

function found(tools: readonly ToldTool[], named: string): ToldTool {
  const tool = tools.find(({ name }) => name === named);
  if (tool) return tool;
  const meant = nearest(
    named,
    tools.map(({ name }) => name),
  );
  throw usage(`there is no tool "${named}"; ${meant ? `did you mean "${meant}"?` : '"daimon tools" lists all'}`);
}

const row = ({ name, touches, about }: ToldTool): string[] => [name, touchWords(touches), firstSentence(about)];
const firstSentence = (about: string): string => /^.*?[.;:](?=\s|$)/s.exec(about)?.[0].replace(/[;:]$/, ".") ?? about;

function whole({ name, about, touches, input }: ToldTool): string {
  const fields = fieldsOf(input).map((field) => [
    `  ${field.name}`,
    `${field.type}${field.needed ? "" : ", may be left out"}`,
    field.about,
  ]);
  return `${name}: ${about}\nIt ${touchWords(touches)}.\n${fields.length === 0 ? "" : `\n${columns(fields)}`}`;
}
