import { existsSync, readFileSync, watch, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Usage } from "../../packages/protocol/src/index.ts";
import type { Message, ModelRequest, Provider } from "../../packages/server/src/core/ports.ts";

/**
 * A model that does what a file says. The file maps the text of an input to the steps of its turn, each a list of acts;
 * "*" answers every other input. Which step it is follows from the conversation alone, so a restart changes nothing.
 */
export type Script = Record<string, Act[][]>;
export type Act =
  /** Streams a text; `times` repeats it, a delta each. */
  | { text: string; times?: number }
  | { thinking: string }
  | { call: { tool: string; input: unknown } }
  /** Goes on once this file exists beside the script. */
  | { gate: string }
  /** What the step counts at its end; without a cost its price is unknown. Else nothing is paid. */
  | { spend: Usage & { cost?: number } }
  /** Writes what it was asked into this file beside the script. */
  | { keep: string }
  | { fail: string };

export function scriptedProvider(file: string): Provider {
  return {
    name: "scripted",
    models: async () => [{ id: "script", name: "Plays a script", context: 1_000_000, output: 100_000 }],
    async *stream(request, signal) {
      const acts = actsFor(file, request);
      let calls = 0;
      let words = 0;
      let usage: Usage | undefined;
      let cost: number | undefined = 0;
      for (const act of acts) {
        signal.throwIfAborted();
        if ("spend" in act) ({ cost, ...usage } = act.spend);
        else if ("gate" in act) await opened(join(dirname(file), act.gate), signal);
        else if ("keep" in act) writeFileSync(join(dirname(file), act.keep), JSON.stringify(request));
        else if ("fail" in act) throw new Error(act.fail);
        else if ("call" in act) {
          const callId = `call-${request.messages.length}-${++calls}`;
          yield { type: "call", callId, ...act.call };
        } else if ("thinking" in act) yield { type: "thinking", text: act.thinking };
        else for (let time = 0; time < (act.times ?? 1); time++, words++) yield { type: "text", text: act.text };
      }
      usage ??= { input: request.messages.length, output: words };
      yield {
        type: "end",
        stop: calls > 0 ? "calls" : "end",
        usage,
        ...(cost === undefined ? {} : { cost }),
      };
    },
  };
}

/** Read anew each time: a test may go on writing its script while the daemon runs. */
function actsFor(file: string, { messages }: ModelRequest): Act[] {
  const script = JSON.parse(readFileSync(file, "utf8")) as Script;
  const asked = messages.findLastIndex(({ role }) => role === "user");
  const text = textOf(messages[asked]);
  const step = messages.slice(asked).filter(({ role }) => role === "assistant").length;
  const steps = script[text] ?? script["*"] ?? [];
  return steps[step] ?? [{ text: `Nothing is scripted for step ${step} of ${JSON.stringify(text)}.` }];
}

const textOf = (message: Message | undefined): string => (message?.role === "user" ? message.text : "");

function opened(gate: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // Watching before looking: a gate that opens in between is seen by one of both.
    const watcher = watch(dirname(gate), look);
    signal.addEventListener("abort", leave, { once: true });
    look();

    function look(): void {
      if (!existsSync(gate)) return;
      close();
      resolve();
    }
    function leave(): void {
      close();
      reject(signal.reason as Error);
    }
    function close(): void {
      watcher.close();
      signal.removeEventListener("abort", leave);
    }
  });
}
