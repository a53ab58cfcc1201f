import type { ThinkingConfig, ThinkingLevel } from "@google/genai";
import type { ModelRequest } from "../../core/ports.ts";

type Level = ModelRequest["thinking"];

/** 2.5 of gemini-2.5-flash. Names without a number, such as gemini-flash-latest, mean the newest; others' models have none. */
export function generationOf(model: string): number {
  const [gemini, number] = /gemini(?:-(\d+(?:\.\d+)?))?/.exec(model) ?? [];
  return gemini === undefined ? 0 : number === undefined ? Number.POSITIVE_INFINITY : Number(number);
}

const levels: Record<Level, string> = { off: "MINIMAL", low: "LOW", medium: "MEDIUM", high: "HIGH" };
const budgets: Record<Level, number> = { off: 0, low: 2048, medium: 8192, high: 24_576 };
/** The pro models think always: this is the least that they take. */
const proAtLeast = { level: levels.low, budget: 128 };

/** Since 3 a model is told a level, 2.5 a budget; what is older takes neither. */
export function thinkingOf({ model, thinking }: ModelRequest): ThinkingConfig | undefined {
  const generation = generationOf(model);
  if (generation < 2.5) return undefined;
  const least = thinking === "off" && model.includes("pro");
  const shown = thinking === "off" ? {} : { includeThoughts: true };
  if (generation < 3) return { thinkingBudget: least ? proAtLeast.budget : budgets[thinking], ...shown };
  const level = least ? proAtLeast.level : levels[thinking];
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enumeration itself would load the SDK
  return { thinkingLevel: level as ThinkingLevel, ...shown };
}
