import { DaimonError } from "@daimon/protocol";
import type { ModelEvent, ModelInfo, ModelRequest, Provider } from "../../core/ports.ts";

const guide: ModelInfo = {
  id: "guide",
  name: "Offline guide (rules, no language model)",
  context: 100_000,
  output: 10_000,
};

export const guideProvider = (): Provider => ({
  name: "offline",
  models: async () => [guide],
  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    signal.throwIfAborted();
    if (request.model !== guide.id) {
      throw new DaimonError("not_found", `offline has no model "${request.model}"; it has only "${guide.id}".`);
    }
    yield { type: "text", text: "I am the offline guide: rules, no language model." };
    yield { type: "end", stop: "end", usage: { input: 0, output: 0 }, cost: 0 };
  },
});
