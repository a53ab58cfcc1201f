import type { Provider } from "../core/ports.ts";

/** As long as this a server on this machine may take to say that it is one. */
const patience = 300;

/** A server at the address where people mostly run it: it lists its models while it is there, and nothing else. */
export const whileThere = (provider: Provider, baseURL: string): Provider => ({
  ...provider,
  models: async (signal) => ((await isThere(baseURL, signal)) ? provider.models(signal) : []),
});

/** Asked without an SDK: mostly nobody is there, and then none shall be loaded. */
async function isThere(baseURL: string, signal: AbortSignal = new AbortController().signal): Promise<boolean> {
  try {
    const response = await fetch(`${baseURL}/models`, {
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    // At these ports other programs answer too.
    const answer: unknown = response.ok ? await response.json() : undefined;
    return typeof answer === "object" && answer !== null && "data" in answer && Array.isArray(answer.data);
  } catch {
    return false; // nobody, or nobody who speaks this language
  }
}
