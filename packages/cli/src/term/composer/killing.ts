import { type Composer, draftIn, withDraft } from "./composer.ts";
import { edited } from "./draft.ts";

/** Cutting and putting back: cuts in a row are one, and what is put back may be changed for what was cut before it. */

const most = 60;

export function killed(composer: Composer, from: number, to: number): Composer {
  if (from === to) return composer;
  const draft = draftIn(composer);
  const way = to > draft.cursor ? "behind" : "before";
  const text = draft.text.slice(from, to);
  const goesOn = composer.chain?.is === "kill";
  const last = goesOn ? (composer.kills.at(-1) ?? "") : "";
  const whole = way === "behind" ? last + text : text + last;
  const older = goesOn ? composer.kills.slice(0, -1) : composer.kills.slice(1 - most);
  return {
    ...withDraft(composer, edited(draft, from, to, "")),
    kills: [...older, whole],
    chain: { is: "kill" },
  };
}

export function yanked(composer: Composer): Composer {
  const text = composer.kills.at(-1);
  const draft = draftIn(composer);
  if (text === undefined) return composer;
  const { cursor } = draft;
  return { ...withDraft(composer, edited(draft, cursor, cursor, text)), chain: { is: "yank", from: cursor, back: 0 } };
}

/** In place of what was just put back: what was cut before it. */
export function yankedOlder(composer: Composer): Composer {
  const { chain, kills } = composer;
  if (chain?.is !== "yank" || kills.length < 2) return composer;
  const back = (chain.back + 1) % kills.length;
  const draft = draftIn(composer);
  const put = edited(draft, chain.from, draft.cursor, kills.at(-1 - back)!);
  return { ...withDraft(composer, put), chain: { is: "yank", from: chain.from, back } };
}
