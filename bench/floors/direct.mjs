import { Anthropic } from "@anthropic-ai/sdk";

/** What a direct call of the vendor's SDK costs: a message says how many tokens, the answer how long until the first and all. */

const [baseURL = ""] = process.argv.slice(2);
const client = new Anthropic({ apiKey: "none", baseURL });
process.on("message", (tokens) => void answer(tokens));

async function answer(tokens) {
  const start = performance.now();
  let first;
  const messages = [{ role: "user", content: String(tokens) }];
  const stream = await client.messages.create({ model: "claude-opus-4-5", max_tokens: 32_000, messages, stream: true });
  for await (const event of stream) if (event.type === "content_block_delta") first ??= performance.now() - start;
  process.send?.({ first, all: performance.now() - start });
}
process.stdout.write("ready\n");
