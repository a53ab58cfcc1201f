import type { Usage } from "@daimon/protocol";
import type { ModelEvent } from "../core/ports.ts";

type Counts = { [K in keyof Usage]?: unknown };

/** What a vendor counted; undefined where it counted nothing: every request has something in it. */
export function usageOf({ input, output, ...parts }: Counts): Usage | undefined {
  if (!isCount(input) || input === 0 || !isCount(output)) return undefined;
  const known = Object.entries(parts).filter(([, value]) => isCount(value) && value > 0);
  return { input, output, ...Object.fromEntries(known) };
}

/** As a vendor says it before the end of an answer. */
export const soFar = (usage: Usage | undefined): ModelEvent => (usage ? { type: "usage", usage } : { type: "alive" });

/** As a vendor says it at the end. */
export const inAll = (usage: Usage | undefined): { usage?: Usage } => (usage ? { usage } : {});

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
