import { DaimonError, nearest } from "@daimon/protocol";

/** Models are named `provider/model`; what is behind the first slash is the provider's to read. */

export const providerOf = (full: string): string => (full.includes("/") ? full.slice(0, full.indexOf("/")) : "");

export function noSuchModel(full: string, providers: readonly string[]): DaimonError {
  const name = providerOf(full);
  if (name === "") return new DaimonError("not_found", `a model is named provider/model, not "${full}"; ${where}`);
  const meant = nearest(name, providers);
  const next = meant ? `did you mean "${meant}"?` : `${where}, "daimon login PROVIDER" adds more`;
  return new DaimonError("not_found", `no provider "${name}" is set up for the model ${full}; ${next}`);
}

const where = '"daimon models" lists what there is';
