import { onTestFinished } from "vitest";
import { ProviderFault } from "../../packages/server/src/core/faults.ts";
import type { Message, ModelEvent, ModelRequest, Provider } from "../../packages/server/src/core/ports.ts";
import { isAnswer } from "../conformance/provider.ts";
import { tools } from "../conformance/vendor.ts";
import { type Script, startVendor, type Vendor } from "./server.ts";

/** What tests of providers ask, and how they hear the answer. */

export const asking = (
  messages: readonly Message[] | string = "what is x?",
  more: Partial<ModelRequest> = {},
): ModelRequest => ({
  model: "m",
  system: "You share a live Python with people.",
  messages: typeof messages === "string" ? [{ role: "user", text: messages }] : messages,
  tools,
  session: "session-1",
  thinking: "medium",
  ...more,
});

export async function vendorOf(script: Script): Promise<Vendor> {
  const vendor = await startVendor(script);
  onTestFinished(() => vendor.close());
  return vendor;
}

export type Heard = { events: ModelEvent[]; fault?: ProviderFault };

/** All of the answer that came, and the fault it ended with; any other error is the test's. */
export async function hear(
  provider: Provider,
  request: ModelRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<Heard> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of provider.stream(request, signal)) if (isAnswer(event)) events.push(event);
    return { events };
  } catch (error) {
    if (error instanceof ProviderFault) return { events, fault: error };
    throw error;
  }
}

/** Text that came in pieces as the text it is, thinking likewise. */
export function joined(events: readonly ModelEvent[]): ModelEvent[] {
  const whole: ModelEvent[] = [];
  for (const event of events) {
    const last = whole.at(-1);
    if ((event.type === "text" || event.type === "thinking") && last?.type === event.type)
      whole[whole.length - 1] = { ...event, text: last.text + event.text };
    else whole.push(event);
  }
  return whole;
}

export const wordsIn = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === "text" ? event.text : "")).join("");
