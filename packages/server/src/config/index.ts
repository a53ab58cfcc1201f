export { fileCeilings } from "./ceiling.ts";
export { LiveSettings, madeOf } from "./live.ts";
export { type Flags, loadConfig } from "./load.ts";
export { providersOf } from "./providers.ts";
export { openRules } from "./rules.ts";
export { readSettings } from "./settings.ts";
export { readStartup } from "./startup.ts";
