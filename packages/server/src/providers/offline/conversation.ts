import type { Message } from "../../core/ports.ts";

/** What came of a call that the guide asked for. */
export type Looked = { tool: string; input: unknown; ok: boolean; text: string };
/** A cell that somebody ran, as the core words it for models. */
export type Cell = { id: number; by: string; code: string; error?: string; outcome?: string };
export type Happening =
  | { is: "cell"; cell: Cell }
  | { is: "asked"; text: string }
  | { is: "ran"; code: string; ok: boolean }
  | { is: "said"; text: string };

export type Conversation = {
  /** The newest thing that a person asked and nobody has answered. */
  question: string | undefined;
  /** Asked before it in the same breath: a steer came before the answer did. */
  passedOver: string[];
  results: Looked[];
  /** Everything else that can be seen, oldest first. */
  before: Happening[];
};

/** Lines with which the core marks what no person typed to the assistant. */
const cellMarker = /^\[py\] (.*) ran cell (\d+):?\s*$/;
const noticeMarker = /^\[(?:daimon|note|summary[^\]]*)\] ?/;
const turnEnded = /^\[daimon\] That turn was /;

export function readConversation(messages: readonly Message[]): Conversation {
  const since = messages.findLastIndex(endsTurn) + 1;
  const questions: number[] = [];
  messages.forEach((message, index) => {
    if (index >= since && message.role === "user" && isTyped(message.text)) questions.push(index);
  });
  const asked = questions.map((index) => textOf(messages[index]));
  const newest = questions.at(-1);
  return {
    question: asked.at(-1),
    passedOver: asked.slice(0, -1),
    results: newest === undefined ? [] : resultsIn(messages.slice(newest)),
    before: happenings(messages.filter((_, index) => !questions.includes(index))),
  };
}

const isTyped = (text: string): boolean => !cellMarker.test(firstLine(text)) && !noticeMarker.test(text);
const textOf = (message: Message | undefined): string => (message?.role === "user" ? message.text : "");
const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

/** An answer without calls ends a turn; so does the core's word that it was ended. */
function endsTurn(message: Message): boolean {
  if (message.role === "assistant") return message.blocks.every(({ kind }) => kind !== "call");
  return message.role === "user" && turnEnded.test(message.text);
}

function resultsIn(messages: readonly Message[]): Looked[] {
  const results = new Map<string, { ok: boolean; text: string }>();
  for (const message of messages) if (message.role === "tool") results.set(message.callId, message);
  return callsIn(messages).map(({ callId, tool, input }) => {
    // Asking again for what was lost could go on for ever.
    const { ok, text } = results.get(callId) ?? { ok: false, text: "The call has no result." };
    return { tool, input, ok, text };
  });
}

const callsIn = (messages: readonly Message[]) =>
  messages
    .flatMap((message) => (message.role === "assistant" ? message.blocks : []))
    .filter((block) => block.kind === "call");

function happenings(messages: readonly Message[]): Happening[] {
  const ran = new Map(resultsIn(messages).map((looked) => [looked.input, looked]));
  return messages.flatMap((message): Happening[] => {
    if (message.role === "user") {
      const cell = cellIn(message.text);
      if (cell) return [{ is: "cell", cell }];
      return [
        isTyped(message.text)
          ? { is: "asked", text: message.text }
          : { is: "said", text: message.text.replace(noticeMarker, "") },
      ];
    }
    return callsIn([message])
      .filter(({ tool }) => tool === "python")
      .map(({ input }) => ({ is: "ran", code: codeIn(input), ok: ran.get(input)?.ok ?? false }));
  });
}

const codeIn = (input: unknown): string =>
  typeof input === "object" && input !== null && "code" in input && typeof input.code === "string" ? input.code : "";

function cellIn(text: string): Cell | undefined {
  const [head = "", ...body] = text.split("\n");
  const [, by, id] = cellMarker.exec(head) ?? [];
  if (by === undefined) return undefined;
  const parts: Record<string, string[]> = { code: [] };
  let part = "code";
  for (const line of body) {
    part = /^\[(\w+)\]$/.exec(line)?.[1] ?? part;
    if (line === `[${part}]`) parts[part] = [];
    else parts[part]?.push(line);
  }
  const outcome = Object.keys(parts).findLast((name) => !["code", "output", "result", "error"].includes(name));
  return {
    id: Number(id),
    by,
    code: (parts["code"] ?? []).join("\n"),
    ...(parts["error"] ? { error: parts["error"].join("\n") } : {}),
    ...(outcome ? { outcome } : {}),
  };
}
