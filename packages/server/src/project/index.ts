export { fileInstructions } from "./instructions.ts";
export { isThere } from "./root.ts";
export { textIn } from "./text.ts";
export { openTrust } from "./trust.ts";
