export * from "./blocks.ts";
export * from "./errors.ts";
export * from "./nearest.ts";
export * from "./types.ts";
export * from "./usage.ts";
export * from "./version.ts";
export * from "./view.ts";
