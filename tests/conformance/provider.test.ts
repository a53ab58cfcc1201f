import type { ModelRequest, ToolInfo } from "../../packages/server/src/core/ports.ts";
import { guideProvider } from "../../packages/server/src/providers/offline/index.ts";
import { tools } from "../../packages/server/src/tools/index.ts";
import { providerSuite } from "./provider.ts";

const given: ToolInfo[] = tools.map(({ name, about, input }) => ({ name, about, input }));
const asking = (text: string): ModelRequest => ({
  model: "guide",
  system: "You share a live Python with people.",
  messages: [{ role: "user", text }],
  tools: given,
  session: "s",
  thinking: "off",
});

providerSuite("offline", () => ({ provider: guideProvider(), words: asking("help"), calls: asking("what is x?") }));
