import type { Session } from "./session.ts";

/** How many sessions have a live Python at once. A spare is nobody's and does not count. */
const atMost = 8;

/**
 * Makes room for one more Python: an empty one that rests gives way, the one not used for longest first. What
 * somebody made is never ended for somebody else; where all hold something, this says who they are.
 */
export function roomForPython(open: readonly Session[]): string | undefined {
  const live = open.filter(({ hasPython }) => hasPython);
  const empty = live.filter((session) => session.restsEmpty).toSorted((a, b) => a.recorded.at - b.recorded.at);
  const tooMany = live.length - atMost + 1;
  if (empty.length >= tooMany) {
    for (const session of empty.slice(0, Math.max(0, tooMany)))
      session.endPython("it held nothing, and another session needed one");
    return undefined;
  }
  const holders = live.map(({ id, recorded: { title } }) => `${title} (${id})`).join(", ");
  return (
    `${live.length} sessions hold a live Python, and no more than ${atMost} run at once: ${holders}; ` +
    "attach to one and end its Python with /stop, or delete one that is not needed (daimon delete SESSION)"
  );
}
