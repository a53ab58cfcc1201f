import type { Actor } from "@daimon/protocol";

/** Given by the server only: no client may call itself one of these. */
export const daemon: Actor = { principal: "daemon", client: "daemon" };
export const assistant: Actor = { principal: "daemon", name: "assistant", client: "daemon" };

export const isPerson = ({ client }: Actor): boolean => client === "cli" || client === "web" || client === "http";
/** What a session calls somebody in sentences for people and models. */
export const nameOf = ({ name, principal, client }: Actor): string =>
  name ?? (client === "daemon" ? "daimon" : principal);
