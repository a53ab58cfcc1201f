import { Limits, Mode } from "@daimon/protocol/schema";
import { type Static, Type } from "typebox";

const closed = { additionalProperties: false };

export const LogLevel = Type.Enum(["debug", "info", "warn", "error"]);

/** What config.toml may say. Only what something uses; an unknown key is an error and never ignored. */
export const ConfigFile = Type.Object(
  {
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    mode: Type.Optional(Mode),
    log: Type.Optional(LogLevel),
    python: Type.Optional(
      Type.Object({ runtime: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })) }, closed),
    ),
    limits: Type.Optional(Limits),
  },
  closed,
);

export type Config = {
  readonly model: string;
  readonly mode: Static<typeof Mode>;
  readonly log: Static<typeof LogLevel>;
  readonly python: { readonly runtime: string };
  readonly limits: Readonly<Static<typeof Limits>>;
};

/** What holds where nobody said anything. Limits that are not named here are the core's. */
export const defaults: Config = {
  model: "offline/guide",
  mode: "ask",
  log: "info",
  python: { runtime: "pyodide" },
  limits: {},
};
