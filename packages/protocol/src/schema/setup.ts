import { Type } from "typebox";
import { look, object, row } from "./rows.ts";

/** The commands with which people set their daemon up: providers, and what config.toml says. */

/** One line of a file, whoever reads it; shorter ones could not be told from words where a log hides them. */
const apiKey = "^[A-Za-z0-9!%&()*+,./:;<=>?@^_{|}~-]{8,1000}$";
const Provider = Type.String({ minLength: 1, maxLength: 100 });
const optional = Type.Optional;
const nothing = object({});
const wireOnly = "setting up is for those on this machine";
const settingUp = { least: "admin", changes: true, wireOnly } as const;

export const setup = {
  "provider/list": row(
    nothing,
    object({
      providers: Type.Array(
        object({
          name: Type.String(),
          url: optional(Type.String()),
          variable: optional(Type.String({ description: "Holds its key; absent where it takes none" })),
          is: Type.Enum(["open", "locked", "assumed"]),
          signIn: optional(
            object({
              is: Type.Enum(["out", "in", "ended"]),
              as: optional(Type.String({ description: "Whom the provider let in" })),
              why: optional(Type.String({ description: "Why it has ended" })),
            }),
          ),
        }),
      ),
    }),
    { ...look, wireOnly },
  ),
  "provider/login": row(
    object({
      provider: Provider,
      key: Type.String({ pattern: apiKey, description: "Tried first, and kept where the provider takes it" }),
    }),
    Type.Union([
      object({
        is: Type.Literal("kept"),
        variable: Type.String(),
        file: Type.String(),
        shadowed: Type.Boolean({ description: "The environment of the daemon has another, which goes before it" }),
      }),
      object({ is: Type.Enum(["refused", "unreachable"]), why: Type.String() }),
    ]),
    { ...settingUp, cli: "login" },
  ),
  "provider/signin": row(
    object({
      provider: Provider,
      callback: Type.String({
        pattern: "^http://127\\.0\\.0\\.1:\\d{1,5}/auth/callback$",
        description: "Where somebody listens for the browser that comes back",
      }),
    }),
    object({
      address: Type.String({ description: "Where a person says yes, in a browser on this machine" }),
      state: Type.String({
        description: "What the browser must bring back; an answer with another is somebody else's",
      }),
    }),
    { ...settingUp, cli: "login" },
  ),
  "provider/signedIn": row(
    object({
      provider: Provider,
      state: Type.String({ minLength: 1, maxLength: 200 }),
      code: Type.String({ minLength: 1, maxLength: 4096 }),
      client: optional(Type.String({ minLength: 1, maxLength: 200, description: "What the provider calls us now" })),
    }),
    Type.Union([
      object({
        is: Type.Literal("kept"),
        file: Type.String(),
        as: optional(Type.String({ description: "Whom the provider let in" })),
        shadowed: Type.Boolean({ description: "There is a key too, which goes before it" }),
      }),
      object({ is: Type.Enum(["refused", "unreachable"]), why: Type.String() }),
    ]),
    { ...settingUp, cli: "login" },
  ),
  "provider/logout": row(
    object({ provider: Provider }),
    object({
      was: Type.Boolean({ description: "There was a sign-in to be forgotten" }),
      told: Type.Boolean({ description: "The provider knows, and takes its tokens no longer" }),
    }),
    { ...settingUp, cli: "logout" },
  ),
  "config/get": row(
    object({ key: optional(Type.String({ minLength: 1, maxLength: 200 })) }),
    object({
      file: Type.String(),
      value: Type.Unknown({ description: "What holds now, whoever said it; keys are never in it" }),
    }),
    { least: "operate", changes: false, wireOnly, cli: "config" },
  ),
  "profile/export": row(
    object({ name: Type.String({ minLength: 1, maxLength: 80 }) }),
    object({ toml: Type.String({ description: "For profile/import, here or elsewhere; keys are never in it" }) }),
    { least: "operate", changes: false, wireOnly: "setting up is for those on this machine", cli: "profile" },
  ),
  "profile/import": row(
    object({
      toml: Type.String({ maxLength: 262_144 }),
      force: optional(Type.Boolean({ description: "Replaces profiles of the same names" })),
    }),
    object({ file: Type.String(), profiles: Type.Array(Type.String()) }),
    { least: "admin", changes: true, wireOnly: "setting up is for those on this machine", cli: "profile" },
  ),
  "config/set": row(
    object({
      key: Type.String({ minLength: 1, maxLength: 200 }),
      value: Type.String({ maxLength: 16_384, description: "As TOML writes it; what is no value there is text" }),
    }),
    object({
      file: Type.String(),
      value: Type.Unknown({ description: "What holds now; the environment goes before the file" }),
    }),
    { ...settingUp, cli: "config" },
  ),
} as const;
