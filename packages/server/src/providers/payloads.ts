import { prefixWithin, sizes } from "@daimon/protocol";
import type { AssistantBlock, ModelEvent } from "../core/ports.ts";

/**
 * What a vendor wants back with the thinking grows with the thinking; an event of the log does not. A payload longer than
 * a block goes as several, all but the last ending in a mark, and is put together again for the vendor.
 */
const goesOn = "…+";

export function* payloadEvents(payload: string): Generator<ModelEvent> {
  let rest = payload;
  for (;;) {
    const part = prefixWithin(rest, sizes.block);
    rest = rest.slice(part.length);
    yield { type: "thinking.payload", payload: rest === "" ? part : part + goesOn };
    if (rest === "") return;
  }
}

/** The payloads of these blocks, each whole at the block that ends it. */
export function payloadsIn(blocks: readonly AssistantBlock[]): Map<AssistantBlock, string> {
  const payloads = new Map<AssistantBlock, string>();
  let begun = "";
  for (const block of blocks) {
    if (block.kind !== "thinking" || block.payload === undefined) continue;
    if (block.payload.endsWith(goesOn)) begun += block.payload.slice(0, -goesOn.length);
    else {
      payloads.set(block, begun + block.payload);
      begun = "";
    }
  }
  return payloads;
}

/** What was signed, as it came: the log cuts long thinking, words and payload alike. What nobody signed is left out. */
export function withSigned(blocks: readonly AssistantBlock[]): AssistantBlock[] {
  const payloads = payloadsIn(blocks);
  let text = "";
  return blocks.flatMap((block): AssistantBlock[] => {
    text = block.kind === "thinking" ? text + block.text : "";
    if (block.kind !== "thinking") return [block];
    const payload = payloads.get(block);
    if (payload === undefined) return [];
    const whole = { ...block, text, payload };
    text = "";
    return [whole];
  });
}
