import { ProviderFault } from "../core/faults.ts";
import type { Door, Provider, SignIn } from "../core/ports.ts";
import { anthropicProvider } from "./anthropic/index.ts";
import type { Endpoint } from "./endpoint.ts";
import { geminiProvider } from "./gemini/index.ts";
import { whileThere } from "./local.ts";
import { guideProvider } from "./offline/index.ts";
import { openaiChatProvider } from "./openai-chat/index.ts";
import { openaiProvider } from "./openai/index.ts";
import { whileSignedIn } from "./signed.ts";

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
  /** The variable that holds its key. */
  variable?: string;
  /** It holds none, and without one nobody is let in. */
  locked?: true;
  /** Nobody said that it is there: it is looked for when somebody asks for its models, and not missed. */
  assumed?: true;
  /** Lets in who signed in and has no key. */
  signIn?: SignIn;
};

/** Every provider of the daemon. No SDK is loaded before something is asked of its provider. */
export const providers = (settings: readonly ProviderSettings[] = []): readonly Provider[] => [
  guideProvider(),
  ...settings.map(providerOf),
];

/** Who gives people a sign-in that other programs may use. */
export const withSignIns = (
  settings: readonly ProviderSettings[],
  signInAt: (name: string, url: string | undefined) => SignIn,
): readonly ProviderSettings[] =>
  settings.map((own) =>
    own.name === "openai" && own.speaks === "openai" ? { ...own, signIn: signInAt(own.name, own.baseURL) } : own,
  );

/** A key goes before a sign-in: who sets one means it, and knows who pays. */
function providerOf({ signIn, ...own }: ProviderSettings): Provider {
  if (!signIn || own.key !== undefined) return keyed(own);
  return whileSignedIn(signIn, speaking({ ...own, access: signIn }), keyed(own));
}

const keyed = ({ variable, locked, ...own }: ProviderSettings): Provider =>
  locked && variable !== undefined ? closed(own.name, variable) : speaking(own);

function speaking({ speaks, variable: _, locked: __, assumed, ...endpoint }: ProviderSettings): Provider {
  const provider = (languages[speaks] as (endpoint: Endpoint) => Provider)(endpoint);
  return assumed && endpoint.baseURL !== undefined ? whileThere(provider, endpoint.baseURL) : provider;
}

/** The same providers as what people hold keys to. */
export const doorsOf = (settings: readonly ProviderSettings[]): readonly Door[] =>
  settings.map((own) => ({
    name: own.name,
    is: isOpen(own) ? "open" : own.locked ? "locked" : "assumed",
    keyed: own.key !== undefined,
    ...(own.signIn ? { signIn: own.signIn } : {}),
    ...(own.baseURL === undefined ? {} : { url: own.baseURL }),
    ...(own.variable === undefined ? {} : { variable: own.variable }),
    open(key) {
      const { locked: _, assumed: __, signIn: ___, ...open } = own;
      return providerOf({ ...open, key });
    },
  }));

const isOpen = ({ locked, assumed, signIn }: ProviderSettings): boolean =>
  !(locked || assumed) || (signIn !== undefined && signIn.state.is !== "out");

/** Who names a model of it hears what it needs; the vendor hears nothing. */
const closed = (name: string, variable: string): Provider => ({
  name,
  models: async () => [],
  // oxlint-disable-next-line require-yield -- it has nothing to say
  async *stream({ model }) {
    throw new ProviderFault("auth", name, model, { said: `${variable} is not set` });
  },
});
