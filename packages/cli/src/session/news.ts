import type { Recorded, SessionView } from "@daimon/protocol";
import { answerWords } from "./approval.ts";
import { nameOf } from "./people.ts";
import type { Piece } from "./pieces.ts";
import { coverWords } from "./rulewords.ts";

/** What an event tells that is no item of the view: questions and their answers, what waits, what changed. */
export function eventNews({ seq, by, event }: Recorded, view: SessionView): Piece[] {
  const notice = (text: string): Piece[] => [{ is: "notice", text }];
  const who = nameOf(by);
  switch (event.type) {
    case "ask.opened": {
      const ask = view.asks.find(({ id }) => id === seq);
      return ask ? [{ is: "ask", ask, by: askedOf(view, ask.cell) }] : [];
    }
    case "ask.answered": {
      if (event.allow === undefined) return notice(`answered by ${who}`);
      return notice(answerWords(event, who));
    }
    case "ask.expired":
      return notice(`question ${event.ask} is no longer asked: ${event.why}`);
    case "queue.held":
      return view.queue.length === 0
        ? []
        : notice(`${view.queue.length} waiting; what you ask next goes first, then they follow`);
    case "input.cancelled":
      return notice(`${who} took back an input`);
    case "session.updated": {
      const { title, cwd, mode, runtime } = event;
      return [
        ...(title === undefined || by.client === "daemon" ? [] : notice(`${who} named the session "${title}"`)),
        ...(cwd === undefined ? [] : notice(`${who} moved the session to ${cwd}`)),
        ...(runtime === undefined ? [] : notice(`${who} chose the Python ${runtime}`)),
        ...(mode === undefined ? [] : notice(`${who} set the approval mode to ${mode}`)),
      ];
    }
    case "session.deleted":
      return [{ is: "trouble", text: `${who} deleted this session` }];
    case "head.moved":
      return notice(`${who} went ${event.to === null ? "back to the beginning" : `back to ${event.to}`}`);
    case "rule.added":
      return notice(
        `from now on ${event.allow ? "allowed" : "denied"} in this session without asking: ${coverWords(event)}`,
      );
    case "rule.removed":
      return notice(`${who} took the rule ${event.rule} of this session back`);
    default:
      return [];
  }
}

/** Whose cell waits for a line. */
export const askedOf = (view: SessionView, cell: number | undefined) =>
  cell === undefined ? undefined : view.items.find((item) => item.kind === "cell" && item.id === cell)?.by;
