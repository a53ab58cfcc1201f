export { fileInstructions } from "./instructions.ts";
export { openTrust } from "./trust.ts";
