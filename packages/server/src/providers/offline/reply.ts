import { randomUUID } from "node:crypto";
import type { ModelEvent, ModelRequest } from "../../core/ports.ts";
import { type Conversation, type Looked, readConversation } from "./conversation.ts";
import type { Call } from "./question.ts";
import { longestQuestion, notUnderstood, tooLong, understand } from "./questions.ts";
import { list, pieces, quote } from "./say.ts";

/** One step: the calls that the answer still needs, or its words. */
export function* reply(request: ModelRequest): Generator<ModelEvent> {
  const conversation = readConversation(request.messages);
  const step = play(conversation, new Set(request.tools.map(({ name }) => name)));
  const input = tokens(request.system + JSON.stringify(request.messages));
  if (typeof step === "string") {
    const text = passedOver(conversation) + step;
    for (const piece of pieces(text)) yield { type: "text", text: piece };
    yield { type: "end", stop: "end", usage: { input, output: tokens(text) }, cost: 0 };
    return;
  }
  for (const { tool, input: given } of step)
    yield { type: "call", callId: `guide-${randomUUID()}`, tool, input: given };
  yield { type: "end", stop: "calls", usage: { input, output: tokens(JSON.stringify(step)) }, cost: 0 };
}

/** A rule of thumb is all there is to count by: four characters are a token. */
const tokens = (text: string): number => Math.ceil(text.length / 4);

/** Plays the answer on the results there are: to its words, or to the first calls that have not been made. */
function play(conversation: Conversation, given: ReadonlySet<string>): string | Call[] {
  const { question: text, results } = conversation;
  if (text === undefined) return "I see no question in this conversation. Say `help` to see what I can answer.";
  if (text.length > longestQuestion) return tooLong(text);
  const understood = understand(text);
  if (!understood) return notUnderstood(text);
  const answer = understood.question.answer(understood.subject, conversation);
  if (typeof answer === "string") return answer;
  for (let next = answer.next(); ;) {
    if (next.done) return next.value;
    const calls = next.value;
    const found = calls.map((call) => resultOf(call, results, given));
    const open = calls.filter((_, index) => found[index] === undefined);
    if (open.length > 0) return open;
    next = answer.next(found.filter((result) => result !== undefined));
  }
}

function resultOf(call: Call, results: readonly Looked[], given: ReadonlySet<string>): Looked | undefined {
  const wanted = JSON.stringify(call.input);
  const made = results.find(({ tool, input }) => tool === call.tool && JSON.stringify(input) === wanted);
  if (made || given.has(call.tool)) return made;
  return { ...call, ok: false, text: `This session gives me no tool named ${call.tool}.` };
}

/** A steer that arrives before an answer takes its place; whoever asked first is told. */
const passedOver = (conversation: Conversation): string =>
  conversation.passedOver.length === 0
    ? ""
    : `I answer the newest question only; ${list(
        conversation.passedOver.map((text) => `"${quote(text)}"`),
        "and",
      )} came just before it: ask again if you still want to know.\n\n`;
