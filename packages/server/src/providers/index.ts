import type { Provider } from "../core/ports.ts";
import { guideProvider } from "./offline/index.ts";

/** Every provider of the daemon: one folder and one line each. */
export const providers = (): readonly Provider[] => [
  guideProvider(), //
];
