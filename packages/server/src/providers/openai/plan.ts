import type { OpenAI } from "openai";
import type { Access, ModelInfo, ModelRequest } from "../../core/ports.ts";
import { lettingIn } from "../signed.ts";

/**
 * What is another with a ChatGPT plan than with a key of the API.
 * https://developers.openai.com/siwc/token-sharing-open-source/preview-limitations
 */

type Params = OpenAI.Responses.ResponseCreateParamsStreaming;

/** A plan takes tools only in a namespace, and calls of them only by its name. */
const namespace = "daimon";

export function toPlan({ tools = [], input, ...body }: Params): Params {
  const functions = tools.filter((tool) => tool.type === "function");
  const about = "What daimon lets you do.";
  return {
    ...body,
    input: Array.isArray(input)
      ? input.map((item) => (item.type === "function_call" ? { ...item, namespace } : item))
      : input,
    ...(functions.length > 0
      ? { tools: [{ type: "namespace", name: namespace, description: about, tools: functions }] }
      : {}),
  };
}

/** What was set and would be refused: nothing that a person set is left out unsaid. */
export function refusedByPlan({ temperature, maxTokens }: ModelRequest): string | undefined {
  const set = [
    ...(temperature === undefined ? [] : ["temperature"]),
    ...(maxTokens === undefined ? [] : ["maxTokens"]),
  ];
  if (set.length === 0) return undefined;
  return `a ChatGPT plan takes no ${set.join(" and no ")}; unset it, or use a key`;
}

/** A plan has a list of its own, of other shape than the API's. */
export async function modelsOfPlan(
  client: OpenAI,
  access: Access,
  signal: AbortSignal | undefined,
): Promise<ModelInfo[]> {
  const listed = await lettingIn(access, (options) => client.get("/models", { ...options, signal }));
  const { models } = listed as { models?: unknown };
  return Array.isArray(models) ? models.flatMap(modelFrom) : [];
}

function modelFrom(listed: unknown): ModelInfo[] {
  const { slug, display_name: name, visibility, context_window: context } = Object(listed) as Record<string, unknown>;
  if (typeof slug !== "string" || slug === "" || visibility !== "list") return [];
  return [
    {
      id: slug,
      name: typeof name === "string" && name !== "" ? name : slug,
      ...(typeof context === "number" && context > 0 ? { context } : {}),
    },
  ];
}
