import type { MessageCreateParamsStreaming } from "@anthropic-ai/sdk/resources/messages";
import type { Message, ModelRequest } from "../../core/ports.ts";

type Level = ModelRequest["thinking"];
type Wanted = Pick<MessageCreateParamsStreaming, "thinking" | "output_config">;

/** How a model is told to think. The API says so per model only when asked, and asking would cost each first answer a round trip. */
type Way = "always" | "adaptive" | "budget";

/**
 * Models since 4.6 decide themselves how much to think, and are told an effort; some of them cannot be told not to. Older
 * ones, and the models of others behind the same API, are given a budget.
 */
function wayOf(model: string): Way {
  if (/claude-(?:fable|mythos)/.test(model)) return "always";
  const [, major = "0", minor = "0"] = /claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?!\d)/.exec(model) ?? [];
  return Number(major) > 4 || (major === "4" && Number(minor) >= 6) ? "adaptive" : "budget";
}

const budgets: Record<Exclude<Level, "off">, number> = { low: 4096, medium: 10_240, high: 24_576 };
const budgetAtLeast = 1024;

export function thinkingOf({ model, thinking, messages }: ModelRequest, maxTokens: number): Wanted {
  const way = wayOf(model);
  if (way === "budget") {
    // It is part of the answer's tokens.
    const budget = thinking === "off" ? 0 : Math.min(budgets[thinking], maxTokens - budgetAtLeast);
    return budget >= budgetAtLeast && !begunWithout(messages)
      ? { thinking: { type: "enabled", budget_tokens: budget } }
      : {};
  }
  if (thinking === "off" && way === "adaptive") return { thinking: { type: "disabled" } };
  return {
    // Without `display` newer models think out of sight.
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: thinking === "off" ? "low" : thinking },
  };
}

/**
 * What goes on was begun without thinking, by another model or before it was switched on: with a budget, it may only be
 * continued without.
 */
function begunWithout(messages: readonly Message[]): boolean {
  const asked = messages.findLastIndex(({ role }) => role === "user");
  const begun = messages.slice(asked + 1).find((message) => message.role === "assistant");
  if (!begun) return false;
  const signed = begun.blocks.findIndex(({ kind, payload }) => kind === "thinking" && payload !== undefined);
  return signed === -1 || begun.blocks.slice(0, signed).some(({ kind }) => kind !== "thinking");
}
