import { type PendingCall, sizes } from "@daimon/protocol";
import { daemon } from "./actors.ts";
import type { CallPorts } from "./calls.ts";
import { sha256Of } from "./digest.ts";
import { roleToAnswer } from "./roles.ts";
import type { Verdict } from "./policy.ts";
import type { Question, Tool, ToolContext, ToolResult } from "./ports.ts";
import { boundedValue } from "./value.ts";

/** What people are asked about a call before it runs, and what their answer covers. */

export type Approval =
  /** `allowed`: what lets it run, where something has to. */
  | { is: "ready"; allowed?: string; digest?: string }
  /** The question is recorded; its answer brings the call back. */
  | { is: "asked" }
  | { is: "fails"; why: string; denied: boolean };

/** The tool's own question: its answer is what the tool works with. */
function askPeople({ scribe }: CallPorts, call: PendingCall, { text, choices }: Question): void {
  scribe.record(daemon, [
    {
      type: "ask.opened",
      kind: "choice",
      digest: sha256Of("choice", text, choices),
      show: { text },
      role: roleToAnswer("choice"),
      call: call.id,
      ...(choices ? { choices: [...choices] } : {}),
    },
  ]);
}

/** Whether it may run now; where that is for people to say, they are asked about exactly what would happen. */
export async function approved(
  ports: CallPorts,
  call: PendingCall,
  tool: Tool,
  input: unknown,
  context: ToolContext,
): Promise<Approval> {
  // It ran before the daemon died, and may again.
  if (call.state === "started") return { is: "ready", allowed: "it may run again" };
  const verdict = await ports.verdict(tool, input);
  if (verdict.is === "deny") return { is: "fails", why: `Refused: ${verdict.why}.`, denied: true };
  if (tool.question) {
    if (call.state !== "requested") return { is: "ready" };
    askPeople(ports, call, tool.question(input));
    return { is: "asked" };
  }
  const itself = { is: "ready" as const, digest: sha256Of(input) };
  if (verdict.is === "allow" && call.state === "requested") return { ...itself, ...lets(verdict) };
  const { ok, ...shown } = await previewOf(ports, tool, input, context);
  if (ok === false) return { is: "fails", why: shown.text, denied: false };
  const { runtime, generation, ...where } = ports.place(tool);
  const about = { tool: tool.name, ...where };
  const digest = sha256Of(input, shown, about, runtime, generation);
  // A yes covers what was asked: where anything of it is different by now it is a new question.
  if (call.state === "allowed" && call.digest === digest)
    return { is: "ready", allowed: `ask ${call.ask ?? 0}`, digest };
  if (verdict.is === "allow") return { ...itself, ...lets(verdict) };
  await ask(ports, call, { digest, shown, about, verdict });
  return { is: "asked" };
}

const lets = ({ because }: { because?: string }) => (because === undefined ? {} : { allowed: because });

async function previewOf({ log }: CallPorts, tool: Tool, input: unknown, context: ToolContext): Promise<ToolResult> {
  try {
    return (await tool.preview?.(input, context)) ?? tool.show(input);
  } catch (error) {
    if (context.signal.aborted) throw error;
    log("error", `the tool ${tool.name} threw`, { error: error instanceof Error ? error.stack : String(error) });
    return { ok: false, text: `The tool failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}

type Asked = {
  digest: string;
  shown: Parameters<typeof boundedValue>[0];
  about: { tool: string; cwd: string; sandbox?: string };
  verdict: Extract<Verdict, { is: "ask" }>;
};

async function ask(ports: CallPorts, call: PendingCall, { digest, shown, about, verdict }: Asked): Promise<void> {
  const { scribe, clock } = ports;
  const show = await boundedValue(shown, ports.blobs, sizes.halfBlock);
  const { is: _, ...worry } = verdict;
  const { turn } = scribe.view;
  const within = turn.is === "idle" ? undefined : turn.answerWithin;
  scribe.record(daemon, [
    {
      type: "ask.opened",
      kind: "approval",
      digest,
      show,
      role: roleToAnswer("approval"),
      call: call.id,
      about: { ...about, ...worry },
      ...(within === undefined ? {} : { expires: clock.now() + within }),
    },
  ]);
}
