import fc from "fast-check";
import type { Action, Timed } from "./actions.ts";

/** Where a run may begin, so that it does not have to find its way there by chance. */

const here = { by: 0, at: 0 } as const;
const input: Action = { do: "input", ...here, delivery: "queue", expect: undefined };
const attached: Action[] = [0, 1, 2].map((by) => ({ do: "attach", by, at: 0 }));
const go: Action = { do: "go", at: 0, allow: true };
const cell: Action[] = [{ do: "python", ...here }, go, { do: "cell", at: 0, says: "out" }];
const asked: Action[] = [input, { do: "model", at: 0, says: ["text", "touch", "end"] }];

const openings: Action[][] = [
  [],
  attached,
  [...attached, input, { do: "model", at: 0, says: ["thinking", "text"] }],
  [...attached, ...cell, { do: "cell", at: 0, says: "input" }, { do: "python", ...here }],
  [...attached, ...asked],
  [...attached, ...asked, go, { do: "tool", which: 0, says: "progress" }, input],
  [...attached, ...cell, input, { do: "model", at: 0, says: ["peek", "python", "touch", "end"] }],
  [{ do: "create", by: 2 }, ...attached, { do: "update", ...here, what: "auto-edit" }, ...asked],
];

export const opening: fc.Arbitrary<Timed[]> = fc.constantFrom(
  ...openings.map((actions) => actions.map((action): Timed => ({ ...action, pause: 12 }))),
);
