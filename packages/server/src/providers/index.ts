import type { Provider } from "../core/ports.ts";
import { anthropicProvider } from "./anthropic/index.ts";
import type { Endpoint } from "./endpoint.ts";
import { geminiProvider } from "./gemini/index.ts";
import { guideProvider } from "./offline/index.ts";

/** The languages in which vendors can be spoken to: one folder and one line each. */
const languages = {
  anthropic: anthropicProvider,
  gemini: geminiProvider,
} satisfies Record<string, (endpoint: Endpoint) => Provider>;

/** A provider as a config names it: where it is, and what it speaks. */
export type ProviderSettings = Endpoint & { speaks: keyof typeof languages };

/** Every provider of the daemon. No SDK is loaded before something is asked of its provider. */
export const providers = (settings: readonly ProviderSettings[] = []): readonly Provider[] => [
  guideProvider(),
  ...settings.map(({ speaks, ...endpoint }) => languages[speaks](endpoint)),
];
