import type { BlobRef } from "@daimon/protocol";
import type { Block, Drawn } from "./context.ts";
import type { AssistantBlock, Blobs, Image, Message } from "./ports.ts";

/** The messages for this model, with everything long and every picture fetched. */
export async function materialise(drawn: readonly Drawn[], blobs: Blobs, model: string): Promise<Message[]> {
  const messages = await Promise.all(drawn.map((message) => fetched(message, blobs, model)));
  return messages.filter((message) => message.role !== "assistant" || message.blocks.length > 0);
}

async function fetched(message: Drawn, blobs: Blobs, model: string): Promise<Message> {
  if (message.role === "tool") return { ...message };
  if (message.role === "assistant") {
    const own = message.blocks.filter((block) => block.kind !== "thinking" || block.model === model);
    return { role: "assistant", blocks: await Promise.all(own.map((block) => given(block, blobs, model))) };
  }
  // What is lost is said, so that the model neither wonders nor trusts half of it.
  const { whole, text: start } = message;
  const text = whole ? ((await textOf(whole, blobs)) ?? `${start}\n[daimon] The rest of this is lost.`) : start;
  const notes: string[] = [];
  const images: Image[] = [];
  for (const ref of message.blobs ?? []) {
    const bytes = ref.type.startsWith("image/") ? await blobs.get(ref.sha256) : undefined;
    if (bytes) images.push({ type: ref.type, bytes });
    else notes.push(`\n[attached: ${ref.name ?? ref.sha256.slice(0, 12)}, ${ref.type}, ${ref.bytes} bytes]`);
  }
  return { role: "user", text: text + notes.join(""), ...(images.length > 0 ? { images } : {}) };
}

/** What another model is to have back unchanged means nothing to this one. */
async function given({ model: whose, whole, ...block }: Block, blobs: Blobs, model: string): Promise<AssistantBlock> {
  const { payload, ...plain } = block;
  const kept = payload === undefined || whose !== model ? plain : block;
  if (kept.kind !== "call" || !whole) return kept;
  const input = await textOf(whole, blobs);
  return { ...kept, input: input === undefined ? { lost: "this input" } : JSON.parse(input) };
}

const textOf = async ({ sha256 }: BlobRef, blobs: Blobs): Promise<string | undefined> => {
  const bytes = await blobs.get(sha256);
  return bytes && new TextDecoder().decode(bytes);
};
