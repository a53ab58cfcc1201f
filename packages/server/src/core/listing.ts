import type { ResultOf } from "@daimon/protocol";
import { ProviderFault } from "./faults.ts";
import type { Catalogue, Clock, ModelInfo, Provider } from "./ports.ts";

/** Whoever does not answer within this is left out, and named. */
const patience = 2000;

type Ports = { providers: readonly Provider[]; catalogue: Catalogue; clock: Clock };
type Listed = ResultOf<"model/list">;

/** What all providers offer, asked at the same time. One that does not answer hides its own models only. */
export async function listModels({ providers, catalogue, clock }: Ports): Promise<Listed> {
  const lists = await Promise.all(providers.map((provider) => listOf(provider, catalogue, clock)));
  return { models: lists.flatMap(({ models }) => models), unreachable: lists.flatMap(({ fault }) => fault) };
}

async function listOf(
  provider: Provider,
  catalogue: Catalogue,
  clock: Clock,
): Promise<{ models: Listed["models"]; fault: Listed["unreachable"] }> {
  try {
    const listed = await within(patience, clock, provider.name, (signal) => provider.models(signal));
    return { models: await Promise.all(listed.map((model) => described(provider.name, model, catalogue))), fault: [] };
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    return { models: [], fault: [{ provider: provider.name, why: error.message }] };
  }
}

/** What the provider says of its model goes before what others say of it. */
async function described(provider: string, model: ModelInfo, catalogue: Catalogue): Promise<ModelInfo> {
  const id = `${provider}/${model.id}`;
  const known = await catalogue.info(id);
  return { ...known, ...model, id, name: model.name === model.id ? (known?.name ?? id) : model.name };
}

/** An answer of a provider, or the fault that there was none in time. */
export async function within<T>(
  ms: number,
  clock: Clock,
  provider: string,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(ms, () => {
    late.reject(new ProviderFault("network", provider, "", { said: `no answer within ${ms / 1000} s` }));
    abort.abort();
  });
  try {
    return await Promise.race([ask(abort.signal), late.promise]);
  } finally {
    cancel();
  }
}
