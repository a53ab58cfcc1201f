export * from "./commands.ts";
export * from "./events.ts";
export * from "./frames.ts";
export * from "./project.ts";
export type { Row } from "./rows.ts";
export * from "./shapes.ts";
export { Token } from "./tokens.ts";
export * from "./view.ts";
export * from "./waited.ts";
