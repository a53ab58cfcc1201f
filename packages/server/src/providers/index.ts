import { ProviderFault } from "../core/faults.ts";
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
export type ProviderSettings = { [L in Language]: { speaks: L } & Parameters<(typeof languages)[L]>[0] }[Language] & {
  /** The variable that holds no key, though without one nobody is let in. */
  keyless?: string;
  /** Nobody said that it is there: only a model of it that somebody names is asked for. */
  assumed?: true;
};

/** Every provider of the daemon. No SDK is loaded before something is asked of its provider. */
export const providers = (settings: readonly ProviderSettings[] = []): readonly Provider[] => [
  guideProvider(),
  ...settings.map(({ speaks, keyless, assumed, ...endpoint }) => {
    if (keyless !== undefined) return locked(endpoint.name, keyless);
    const provider = (languages[speaks] as (endpoint: Endpoint) => Provider)(endpoint);
    return assumed ? { ...provider, models: async () => [] } : provider;
  }),
];

/** Who names a model of it hears what it needs; the vendor hears nothing. */
const locked = (name: string, variable: string): Provider => ({
  name,
  models: async () => [],
  // oxlint-disable-next-line require-yield -- it has nothing to say
  async *stream({ model }) {
    throw new ProviderFault("auth", name, model, { said: `${variable} is not set` });
  },
});
