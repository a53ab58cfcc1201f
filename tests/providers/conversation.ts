import type { AssistantBlock, Message, ModelEvent, ModelRequest } from "../../packages/server/src/core/ports.ts";
import { tools } from "../conformance/vendor.ts";

/** A conversation of three steps, as the core hands it to a provider at each of them. */

const picture = { type: "image/png", bytes: new Uint8Array([1, 2, 3]) };

/** `payloads`: what this model's thinking and first call are to be given back with. */
export function steps(model: string, payloads: { thinking: string; alone: string; call?: string }): ModelRequest[] {
  const { thinking, alone, call } = payloads;
  const asked: Message[] = [{ role: "user", text: "What is x?", images: [picture] }];
  const looked: Message[] = [
    {
      role: "assistant",
      blocks: [
        { kind: "thinking", text: "Two ways: ", payload: undefined },
        { kind: "thinking", text: "both.", payload: thinking },
        { kind: "text", text: "I look." },
        { kind: "call", callId: "call-1", tool: "get_repr", input: { name: "x" }, ...(call ? { payload: call } : {}) },
        { kind: "call", callId: "call-2", tool: "python", input: { code: "x" } },
      ].map(withoutUndefined) as AssistantBlock[],
    },
    { role: "tool", callId: "call-1", tool: "get_repr", ok: true, text: "41" },
    { role: "tool", callId: "call-2", tool: "python", ok: false, text: "" },
  ];
  const steered: Message[] = [
    { role: "user", text: "And y?" },
    {
      role: "assistant",
      blocks: [
        { kind: "thinking", text: "", payload: alone },
        { kind: "call", callId: "call-3", tool: "get_repr", input: { name: "y" }, ...(call ? { payload: call } : {}) },
      ],
    },
    { role: "tool", callId: "call-3", tool: "get_repr", ok: true, text: "42" },
  ];
  return [asked, [...asked, ...looked], [...asked, ...looked, ...steered]].map((messages) => ({
    model,
    system: "Be brief.",
    messages,
    tools,
    session: "s-1",
    thinking: "medium",
  }));
}

/** As the core hands it on when the model changed: thinking and payloads of the other are gone. */
export const changed = (request: ModelRequest, model: string): ModelRequest => ({
  ...request,
  model,
  messages: request.messages.map((message) =>
    message.role !== "assistant"
      ? message
      : {
          role: "assistant",
          blocks: message.blocks
            .filter(({ kind }) => kind !== "thinking")
            .map(({ payload: _, ...block }) => block as AssistantBlock),
        },
  ),
});

const withoutUndefined = (block: object) =>
  Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined));

/** What the core keeps of an answer. */
export function blocksOf(events: readonly ModelEvent[]): AssistantBlock[] {
  const blocks: AssistantBlock[] = [];
  let open: "text" | "thinking" | undefined;
  for (const event of events) {
    const last = blocks.at(-1);
    if (event.type === "text" || event.type === "thinking") {
      if (open === event.type && last && last.kind === open) last.text += event.text;
      else blocks.push({ kind: (open = event.type), text: event.text });
    } else if (event.type === "thinking.payload") {
      if (open === "thinking" && last?.kind === "thinking") last.payload = event.payload;
      else blocks.push({ kind: "thinking", text: "", payload: event.payload });
      open = undefined;
    } else if (event.type === "call") {
      const { type: _, malformed, ...call } = event;
      blocks.push({ kind: "call", ...call, input: malformed === undefined ? call.input : { malformed } });
      open = undefined;
    }
  }
  return blocks;
}
