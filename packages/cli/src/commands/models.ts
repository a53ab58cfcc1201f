import type { ResultOf } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { withClient } from "../open.ts";
import { sanitise } from "@daimon/protocol/sanitise";
import { columns } from "../views/columns.ts";

type Listed = ResultOf<"model/list">;
type Model = Listed["models"][number];

export async function command(given: Arguments): Promise<Exit> {
  const listed = await withClient((client) => client.request("model/list", {}));
  if (given.flag("json")) {
    process.stdout.write(`${JSON.stringify(listed)}\n`);
    return exits.done;
  }
  process.stdout.write(sanitise(columns([heads, ...listed.models.map(row)])));
  if (listed.models.every(({ id }) => id.startsWith("offline/"))) process.stderr.write(`daimon: ${onlyTheGuide}\n`);
  for (const { why } of listed.unreachable) process.stderr.write(`daimon: ${sanitise(why)}\n`);
  return exits.done;
}

const onlyTheGuide =
  'no model but the guide is there; "daimon login anthropic" (or openai, openrouter, gemini) takes a key, and Ollama, LM Studio, llama.cpp and vLLM on this machine are found while they run';

const heads = ["model", "window", "in", "out", "can", "name"];

const row = ({ id, name, context, price, images, thinking }: Model): string[] => [
  id,
  context === undefined ? "unknown" : `${Math.round(context / 1000)}k`,
  price === undefined ? "unknown" : dollars(price.input),
  price === undefined ? "unknown" : dollars(price.output),
  [...(images ? ["images"] : []), ...(thinking ? ["thinking"] : [])].join(" "),
  name === id ? "" : name,
];

/** For a million tokens. */
const dollars = (price: number): string => (price === 0 ? "free" : `$${price}`);
