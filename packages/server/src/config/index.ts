export { type Flags, loadConfig } from "./load.ts";
export { providersOf } from "./providers.ts";
export { type Config } from "./schema.ts";
export { readSettings, type Settings } from "./settings.ts";
