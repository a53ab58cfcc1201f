import { Type } from "typebox";
import { Limits, Mode } from "./shapes.ts";

const closed = { additionalProperties: false };
const optional = Type.Optional;

/** What a project's file allows the assistant at most; read only where it is trusted. */
export const Ceiling = Type.Object(
  {
    mode: optional(Mode),
    limits: optional(Limits),
    /** Dollars that all sessions together may have cost today for a turn of the project to go on. */
    budget: optional(Type.Object({ day: optional(Type.Number({ minimum: 0.01 })) }, closed)),
    /** The names of the only tools; fewer, where a profile names fewer. */
    tools: optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 200 })),
  },
  closed,
);

/** The project that a session works in. */
export const Project = Type.Object(
  {
    folder: Type.String({ description: "The root of the project that the session works in, by its real path" }),
    trusted: Type.Boolean(),
    answered: Type.Boolean({ description: "Whether a person said yes or no to it" }),
    instructions: Type.Array(Type.String(), { description: "AGENTS.md and the like: read only where it is trusted" }),
    ceiling: optional(
      Type.Object(
        {
          file: Type.String(),
          holds: optional(Ceiling),
          fault: optional(Type.String({ description: "Why the file cannot be used as it is" })),
        },
        closed,
      ),
    ),
  },
  closed,
);
