import { type Ceiling, DaimonError, type Limits, type Mode, nearest, type SessionView } from "@daimon/protocol";
import type { BudgetLimits } from "./budget.ts";
import { profileUnder } from "./ceiling.ts";
import type { Patience } from "./watch.ts";

/** A way of working that people gave a name: all that is absent is as it is without one. */
export type Profile = {
  readonly model?: string;
  readonly thinking?: SessionView["thinking"];
  readonly temperature?: number;
  readonly maxTokens?: number;
  /** What its models are told beside everything else: what to do, and in which manner. */
  readonly instructions?: string;
  readonly personality?: string;
  /** The names of the only tools its models have. */
  readonly tools?: readonly string[];
  readonly limits?: Limits;
};

/** What people set. It may be other settings at the next turn, and never in the middle of one. */
export type Settings = {
  readonly model: string;
  readonly mode: Mode;
  readonly runtime: string;
  readonly limits: Limits;
  readonly budget: BudgetLimits;
  readonly patience: Partial<Patience>;
  readonly profiles: Readonly<Record<string, Profile>>;
};

/** The profile that everybody has who named none. */
export const ordinary = "default";

export function profileNamed(name: string, { profiles }: Pick<Settings, "profiles">): Profile {
  if (Object.hasOwn(profiles, name)) return profiles[name] as Profile;
  if (name === ordinary) return {};
  const known = [...new Set([ordinary, ...Object.keys(profiles)])];
  const meant = nearest(name, known);
  const hint = meant === undefined ? `there are: ${known.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`;
  throw new DaimonError("not_found", `there is no profile ${JSON.stringify(name)}; ${hint}`);
}

/** What a profile sets in a session that takes it, where the same wish names nothing else. */
export const setBy = (profile: Profile, settings: Settings): { model: string; thinking: SessionView["thinking"] } => ({
  model: profile.model ?? settings.model,
  thinking: profile.thinking ?? "off",
});

export const offers = ({ tools }: Profile, tool: string): boolean => tools?.includes(tool) ?? true;

/** A session's profile, with what its project leaves of it; undefined where it is gone from the settings since. */
export const profileOf = ({ profile }: SessionView, settings: Settings, ceiling: Ceiling): Profile | undefined =>
  profile === ordinary || Object.hasOwn(settings.profiles, profile)
    ? profileUnder(profileNamed(profile, settings), ceiling)
    : undefined;
