import { DaimonError, type Mode, type SessionView } from "@daimon/protocol";
import { sha256Of } from "./digest.ts";
import { type Verdict, verdict } from "./policy.ts";
import type { Guard, Rules, Runtime, Sandbox, SandboxProfile, Tool, Trust } from "./ports.ts";

/** Gathers what has a say in whether a call may run, and lets policy decide. */

export type WeighingWorld = {
  guard: Guard;
  rules: Pick<Rules, "kept">;
  trust: Pick<Trust, "of">;
  sandbox: Sandbox;
  /** The folder of the person whose daemon this is. */
  home: string;
  runtime(named: string): Runtime | undefined;
};

export async function verdictOf(
  world: WeighingWorld,
  view: SessionView,
  mode: Mode,
  tool: Tool,
  input: unknown,
): Promise<Verdict> {
  const { guard, sandbox } = world;
  const command = tool.command?.(input);
  const place = { cwd: view.cwd, roots: [view.cwd, ...view.roots], home: world.home };
  await sandbox.ready();
  const rules = await keptFor(world, view.cwd).catch((error: unknown) => {
    if (error instanceof DaimonError) return error.message;
    throw error;
  });
  if (typeof rules === "string") return { is: "deny", why: rules };
  return verdict({
    tool: tool.name,
    touches: tool.touching?.(input) ?? tool.touches,
    input: sha256Of(input),
    mode,
    rules: [...rules, ...view.rules],
    judgement: command === undefined ? undefined : await guard.judge(command, place),
    covers: guard.covers,
    rulesFor: guard.rulesFor,
    sealed: world.runtime(view.runtime)?.sealed === true,
    confines: sandbox.confines,
  });
}

/** Those of this project, and those for everywhere. */
async function keptFor({ rules, trust }: WeighingWorld, cwd: string) {
  const kept = await rules.kept();
  if (kept.every(({ project }) => project === undefined)) return kept;
  const { folder } = await trust.of(cwd);
  return kept.filter(({ project }) => project === undefined || project === folder);
}

/** Where and how a call would run: what people are told of it, and what their answer covers besides the call itself. */
export function placeOf({ sandbox }: Pick<WeighingWorld, "sandbox">, view: SessionView, tool: Tool) {
  const { cwd, roots, runtime, kernel } = view;
  if (tool.touches === "python") return { cwd, sandbox: sandbox.name, runtime, generation: kernel.generation };
  return tool.touches === "world"
    ? { cwd, sandbox: sandbox.says(workProfile(sandbox, cwd, [cwd, ...roots])) }
    : { cwd };
}

/** What a command of the assistant may do: write in the session's folders, and reach the hosts that people let it. */
export const workProfile = (
  { network }: Pick<Sandbox, "network">,
  cwd: string,
  roots: readonly string[],
): SandboxProfile => ({ cwd, env: {}, network, writable: roots });
