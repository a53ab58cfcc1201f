import type { Provider } from "../core/ports.ts";
import { anthropicProvider } from "./anthropic/index.ts";
import type { Endpoint } from "./endpoint.ts";
import { geminiProvider } from "./gemini/index.ts";
import { guideProvider } from "./offline/index.ts";
import { openaiChatProvider } from "./openai-chat/index.ts";
import { openaiProvider } from "./openai/index.ts";

export { servers } from "./openai-chat/index.ts";

/** The languages in which vendors can be spoken to: one folder and one line each. */
const languages = {
  anthropic: anthropicProvider,
  gemini: geminiProvider,
  openai: openaiProvider,
  "openai-chat": openaiChatProvider,
};

type Language = keyof typeof languages;
/** A provider as a config names it: where it is, what it speaks, and what of that it does in its own way. */
export type ProviderSettings = { [L in Language]: { speaks: L } & Parameters<(typeof languages)[L]>[0] }[Language];

/** Every provider of the daemon. No SDK is loaded before something is asked of its provider. */
export const providers = (settings: readonly ProviderSettings[] = []): readonly Provider[] => [
  guideProvider(),
  ...settings.map(({ speaks, ...endpoint }) => (languages[speaks] as (endpoint: Endpoint) => Provider)(endpoint)),
];
