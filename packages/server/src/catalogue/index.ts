import type { Usage } from "@daimon/protocol";
import type { ModelPrice, PriceCalculation } from "@pydantic/genai-prices";
import type { Catalogue, ModelInfo } from "../core/ports.ts";

/** What people know of models without asking anybody: windows and prices, from data that comes with a package. */

/** The package's name for a provider, where it differs from ours. */
const theirs: Record<string, string> = { gemini: "google" };

export function openCatalogue(now: () => number): Catalogue {
  // Half a megabyte of prices: read when a model first costs something, and not before.
  const data = () => import("@pydantic/genai-prices");

  return {
    async info(full) {
      const { provider, model } = parts(full);
      const { findProvider, calcPrice } = await data();
      const known = findProvider({ providerId: provider });
      const at = new Date(now());
      const found = known && calcPrice(nothing, model, { provider: known, timestamp: at });
      return found ? described(model, found) : undefined;
    },

    async price(full, usage) {
      const { provider, model } = parts(full);
      const { findProvider, calcPrice } = await data();
      const known = findProvider({ providerId: provider });
      if (!known) return undefined;
      return calcPrice(counted(usage), model, { provider: known, timestamp: new Date(now()) })?.total_price;
    },
  };
}

function parts(full: string): { provider: string; model: string } {
  const slash = full.indexOf("/");
  const provider = full.slice(0, slash);
  return { provider: theirs[provider] ?? provider, model: full.slice(slash + 1) };
}

const nothing = { input_tokens: 0, output_tokens: 0 };

function described(id: string, { model, model_price }: PriceCalculation): ModelInfo {
  const { name = id, context_window: context } = model;
  const input = first(model_price["input_mtok"]);
  const output = first(model_price["output_mtok"]);
  return {
    id,
    name,
    ...(context === undefined ? {} : { context }),
    ...(input === undefined || output === undefined ? {} : { price: { input, output } }),
  };
}

/** What the first tokens cost, where many cost more. */
const first = (price: ModelPrice[string]): number | undefined => (typeof price === "object" ? price.base : price);

const counted = ({ input, output, cacheRead, cacheWrite }: Usage) => ({
  input_tokens: input,
  output_tokens: output,
  ...(cacheRead ? { cache_read_tokens: cacheRead } : {}),
  ...(cacheWrite ? { cache_write_tokens: cacheWrite } : {}),
});
