import { ProviderFault } from "../../core/faults.ts";
import type { ModelInfo, Provider } from "../../core/ports.ts";
import { reply } from "./reply.ts";

const guide: ModelInfo = {
  id: "guide",
  name: "Offline guide: rules, no language model",
  context: 100_000,
  output: 10_000,
  price: { input: 0, output: 0 },
};

/** offline/guide: answers a short list of questions by rules, from what capabilities say of the live Python. */
export const guideProvider = (): Provider => ({
  name: "offline",
  free: true,
  models: () => Promise.resolve([guide]),
  async *stream(request, signal) {
    if (request.model !== guide.id) throw new ProviderFault("model", "offline", request.model);
    for (const event of reply(request)) {
      signal.throwIfAborted();
      yield event;
    }
  },
});
