import type { Mode, ParamsOf, SessionView } from "@daimon/protocol";
import { usage } from "../failure.ts";
import { nearest } from "../nearest.ts";

type Setting = {
  /** What may follow its name. */
  words: string;
  about: string;
  told(view: SessionView): string;
  read(word: string): Omit<ParamsOf<"session/update">, "sessionId">;
};

export const modes = ["read-only", "ask", "auto-edit", "full-auto"] as const satisfies readonly Mode[];
const levels = ["off", "low", "medium", "high"] as const;
const usual = "default";

/** How a session's model is asked, as a person sets it. Whether a value can be had is the daemon's to say. */
export const settings = {
  model: {
    words: "PROVIDER/MODEL",
    about: "talk to another model; alone it tells which one it is",
    told: ({ model }) => `the model is ${model}; "daimon models" lists others`,
    read: (model) => ({ model }),
  },
  thinking: {
    words: levels.join("|"),
    about: "how much the model thinks before it answers",
    told: ({ thinking }) => `thinking is ${thinking}; there are ${levels.join(", ")}`,
    read(word) {
      const thinking = levels.find((level) => level === word);
      if (!thinking) throw usage(`there is no thinking "${word}"; there are ${levels.join(", ")}`);
      return { thinking };
    },
  },
  mode: {
    words: modes.join("|"),
    about: "what the assistant may do without asking; alone it tells which mode it is",
    told: ({ mode }) => `the approval mode is ${mode}; there are ${modes.join(", ")}`,
    read: (word) => ({ mode: modeNamed(word) }),
  },
  temperature: {
    words: `NUMBER|${usual}`,
    about: "how freely the model chooses its words, from 0 on",
    told: ({ temperature }) => `the temperature is ${temperature ?? "the usual one"}`,
    read: (word) => ({ temperature: numberOf(word) }),
  },
  maxTokens: {
    words: `NUMBER|${usual}`,
    about: "how many tokens an answer may have at most",
    told: ({ maxTokens }) => `an answer may have ${maxTokens ?? "the usual number of"} tokens`,
    read: (word) => ({ maxTokens: numberOf(word) }),
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as SettingName[];

function numberOf(word: string): number | null {
  if (word === usual) return null;
  if (!/^\d+(\.\d+)?$/.test(word)) throw usage(`"${word}" is no number; give one, or "${usual}"`);
  return Number(word);
}

export function modeNamed(word: string): Mode {
  const mode = modes.find((known) => known === word);
  if (mode) return mode;
  const meant = nearest(word, modes);
  throw usage(`there is no mode "${word}"; ${meant ? `did you mean "${meant}"?` : `there are ${modes.join(", ")}`}`);
}
