import type { BlobRef } from "@daimon/protocol";
import type { Block, Drawn } from "./context.ts";
import type { AssistantBlock, Blobs, Image, Message } from "./ports.ts";

/**
 * The messages for this model, with everything long and every picture fetched. Few have either: the others are made at once,
 * because a promise for each would be most of what a request costs in a long session.
 */
export async function materialise(
  drawn: readonly Drawn[],
  blobs: Blobs,
  model: string,
  sees = true,
): Promise<Message[]> {
  const messages: Message[] = [];
  const fetching: Promise<void>[] = [];
  for (const [at, message] of drawn.entries()) {
    if (isWhole(message)) messages[at] = asItIs(message, model);
    else fetching.push(fetched(message, blobs, model, sees).then((made) => void (messages[at] = made)));
  }
  await Promise.all(fetching);
  return messages.filter((message) => message.role !== "assistant" || message.blocks.length > 0);
}

function isWhole(message: Drawn): boolean {
  if (message.role === "assistant") return message.blocks.every(({ whole }) => !whole);
  return message.role === "tool" || !(message.whole || message.blobs);
}

function asItIs(message: Drawn, model: string): Message {
  if (message.role === "tool") return { ...message };
  if (message.role === "user") return { role: "user", text: message.text };
  return { role: "assistant", blocks: ownOf(message.blocks, model).map((block) => given(block, model)) };
}

async function fetched(message: Drawn, blobs: Blobs, model: string, sees: boolean): Promise<Message> {
  if (message.role === "tool") return asItIs(message, model);
  if (message.role === "assistant") {
    const blocks = ownOf(message.blocks, model).map((block) => filled(block, blobs, model));
    return { role: "assistant", blocks: await Promise.all(blocks) };
  }
  // What is lost is said, so that the model neither wonders nor trusts half of it.
  const { whole, text: start } = message;
  const text = whole ? ((await textOf(whole, blobs)) ?? `${start}\n[daimon] The rest of this is lost.`) : start;
  const notes: string[] = [];
  const images: Image[] = [];
  for (const ref of message.blobs ?? []) {
    const bytes = sees && ref.type.startsWith("image/") ? await blobs.get(ref.sha256) : undefined;
    if (bytes) images.push({ type: ref.type, bytes });
    else notes.push(`\n[attached: ${ref.name ?? ref.sha256.slice(0, 12)}, ${ref.type}, ${ref.bytes} bytes]`);
  }
  return { role: "user", text: text + notes.join(""), ...(images.length > 0 ? { images } : {}) };
}

const ownOf = (blocks: readonly Block[], model: string): Block[] =>
  blocks.filter((block) => block.kind !== "thinking" || block.model === model);

/** What another model is to have back unchanged means nothing to this one. */
function given({ model: whose, whole: _, ...block }: Block, model: string): AssistantBlock {
  const { payload, ...plain } = block;
  return payload === undefined || whose !== model ? plain : block;
}

async function filled(block: Block, blobs: Blobs, model: string): Promise<AssistantBlock> {
  const kept = given(block, model);
  if (kept.kind !== "call" || !block.whole) return kept;
  const input = await textOf(block.whole, blobs);
  return { ...kept, input: input === undefined ? { lost: "this input" } : JSON.parse(input) };
}

const textOf = async ({ sha256 }: BlobRef, blobs: Blobs): Promise<string | undefined> => {
  const bytes = await blobs.get(sha256);
  return bytes && new TextDecoder().decode(bytes);
};
