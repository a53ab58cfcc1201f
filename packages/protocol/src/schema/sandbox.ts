import { Type } from "typebox";
import { http, look, object, row } from "./rows.ts";

const nothing = object({});

/** What confines the commands of this daemon. */
export const sandbox = {
  "sandbox/status": row(
    nothing,
    object({
      driver: Type.String({ description: "The one that is wanted: bwrap, seatbelt or none" }),
      confines: Type.Boolean({ description: "It was attacked on this machine, and held" }),
      says: Type.String({ description: "What holds, or why nothing does and what to do about it" }),
      warnings: Type.Array(Type.String(), { description: "What is weaker than it could be" }),
      network: Type.Array(Type.String(), { description: "The hosts that commands may reach; none means no network" }),
      limits: Type.Optional(
        object({
          memory: Type.Integer({ description: "MiB of one command with all it starts" }),
          pids: Type.Integer({ description: "Its processes and threads" }),
        }),
      ),
    }),
    { ...look, http: http("GET", "/sandbox"), cli: "sandbox" },
  ),
  "sandbox/test": row(
    nothing,
    object({ checks: Type.Array(object({ name: Type.String(), ok: Type.Boolean(), says: Type.String() })) }),
    { least: "operate", changes: false, http: http("POST", "/sandbox/test"), cli: "sandbox" },
  ),
} as const;
