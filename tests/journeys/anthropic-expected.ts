import type { Recorded } from "../../packages/protocol/src/index.ts";

/**
 * What Anthropic is to be asked where a log ends, written down once more by the rules and without the code that follows them:
 * steps that were whole are kept, a step that was cut is kept where its turn ended with it, every call has its result, and
 * what happened meanwhile is said once all results are there.
 */

type Content = Record<string, unknown>;
type Message = { role: "user" | "assistant"; content: Content[] };

export function messagesOf(log: readonly Recorded[]): Message[] {
  const messages: Message[] = [];
  const inputs = new Map<number, string>();
  const calls = new Map<number, string>();
  let cut: string[] = [];
  let notes: string[] = [];
  let speaking = false;

  const say = (role: Message["role"], content: Content) => {
    const newest = messages.at(-1);
    if (newest?.role === role) newest.content.push(content);
    else messages.push({ role, content: [content] });
  };
  const note = (text: string) => {
    notes.push(text);
    tell();
  };
  function tell(): void {
    if (speaking || calls.size > 0) return;
    for (const text of notes.splice(0)) say("user", { type: "text", text });
  }

  for (const { seq, event } of log) {
    if (event.type === "input.queued") inputs.set(seq, event.text);
    if (event.type === "input.taken") note(inputs.get(event.input) ?? "");
    if (event.type === "step.started") {
      cut = [];
      speaking = true;
    }
    if (event.type === "step.ended") speaking = false;
    if (event.type === "text.closed" && event.cut && event.text !== "") cut.push(event.text);
    if (event.type === "text.closed" && !event.cut) say("assistant", { type: "text", text: event.text });
    if (event.type === "call.requested") {
      calls.set(seq, event.callId);
      say("assistant", { type: "tool_use", id: event.callId, name: event.tool, input: event.input });
    }
    if (event.type === "call.finished") {
      const result = { type: "tool_result", tool_use_id: calls.get(event.call), content: event.value.text };
      say("user", event.ok ? result : { ...result, is_error: true });
      calls.delete(event.call);
    }
    if (event.type === "kernel.lost") note(`[daimon] Python was lost (${event.why}); its variables are gone.`);
    if (event.type === "turn.ended") {
      speaking = false;
      if (event.outcome !== "done") for (const text of cut) say("assistant", { type: "text", text });
      cut = [];
      tell();
      if (event.outcome !== "done") note(`[daimon] That turn was ${event.outcome}: ${event.reason}.`);
    }
    tell();
  }
  return messages;
}
