import type { Ceiling, Limits, Mode } from "@daimon/protocol";
import { stricter } from "./roles.ts";
import type { Ceilings, Trust } from "./ports.ts";
import type { Profile } from "./profiles.ts";

/** What a project's own file takes away from what people set. Each of these gives at most what it is given. */

export const modeUnder = (mode: Mode, ceiling: Ceiling): Mode => stricter(mode, ceiling.mode ?? mode);

export function limitsUnder(limits: Required<Limits>, ceiling: Ceiling): Required<Limits> {
  const { steps = Infinity, ms = Infinity, tokens = Infinity, cost = Infinity } = ceiling.limits ?? {};
  return {
    steps: Math.min(limits.steps, steps),
    ms: Math.min(limits.ms, ms),
    tokens: Math.min(limits.tokens, tokens),
    cost: Math.min(limits.cost, cost),
  };
}

export function profileUnder(profile: Profile, { tools }: Ceiling): Profile {
  if (!tools) return profile;
  return { ...profile, tools: profile.tools?.filter((name) => tools.includes(name)) ?? tools };
}

export type CeilingPorts = {
  trust: Trust;
  ceilings: Ceilings;
  view(): { cwd: string };
  /** Says something to whoever is here; false where nobody is. */
  warn(message: string): boolean;
};

/** The ceiling over one session. Whoever follows it hears of a file that cannot be used, once for each thing that is wrong. */
export class SessionCeiling {
  readonly #ports: CeilingPorts;
  #told: string | undefined;
  /** As it was found last: nothing is read. */
  last: Ceiling = {};

  constructor(ports: CeilingPorts) {
    this.#ports = ports;
  }

  /** As its project has it now. */
  async now(): Promise<Ceiling> {
    const { trust, ceilings, view, warn } = this.#ports;
    const { folder, trusted } = await trust.of(view().cwd);
    const { holds, fault } = (trusted && (await ceilings.of(folder))) || { holds: {} };
    if (fault === undefined || (fault !== this.#told && warn(fault))) this.#told = fault;
    return (this.last = holds);
  }
}
