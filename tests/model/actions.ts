import fc from "fast-check";
import type { Fault } from "../faulty-store.ts";

/** What may happen, as plain data: a failing run prints as a list that can be read and replayed. */

export type Said = "text" | "thinking" | "long" | "touch" | "stubborn" | "peek" | "python" | "look" | "end" | "fail";
type Answer = { which: number; digest: "right" | "wrong" | "none"; allow: boolean; scope: "once" | "session" };
type Place = { by: number; at: number };
type Expect = "idle" | "running" | "wrong" | undefined;

export type Action =
  | ({ do: "attach" | "drop" | "stall" | "read" | "python" | "resume" | "look" } & Place)
  | ({ do: "input"; delivery: "queue" | "steer" | "reject"; expect: Expect } & Place)
  | ({ do: "interrupt"; target: "turn" | "cell" | undefined; expect: "right" | "wrong" | undefined } & Place)
  | ({ do: "cancel"; what: "input" | "cell"; which: number } & Place)
  | ({ do: "answer" } & Answer & Place)
  | ({ do: "update"; what: "title" | "auto-edit" | "ask" | "read-only" | "head" } & Place)
  | ({ do: "kernel"; action: "start" | "stop" } & Place)
  | { do: "create"; by: number }
  | { do: "choke"; by: number; bytes: number }
  | { do: "again"; by: number; which: number; other: boolean }
  | { do: "model"; at: number; says: readonly Said[] }
  | { do: "tool"; which: number; says: "progress" | "end" }
  | { do: "boot"; at: number; ok: boolean }
  | { do: "cell"; at: number; says: "out" | "err" | "flood" | "input" | "display" | "end" | "raise" | "die" }
  /** Whatever waits there for the world outside goes on by itself. */
  | { do: "go"; at: number; allow: boolean }
  | { do: "time"; ms: number }
  | { do: "fault"; at: number; faults: Fault[] }
  /** Commits stop, for as many actions. */
  | { do: "hold"; where: "before" | "after"; actions: number }
  | { do: "lag"; ticks: number };

/** `pause`: how many ticks pass before the next one. */
export type Timed = Action & { pause: number };

const by = fc.constantFrom(0, 0, 1, 2);
const at = fc.constantFrom(0, 0, 0, 0, 1);
const place = { by, at };
const which = fc.nat({ max: 3 });
const one = <const T>(...of: T[]) => fc.constantFrom(...of);
const fault: fc.Arbitrary<Fault> = one("failed", "unknown-written", "unknown-lost", "unknown-late", "stale", "ok");

/** What a model says in one breath; `end` closes its step. */
const breath: fc.Arbitrary<Said[]> = one<Said[]>(
  ["text"],
  ["thinking", "text"],
  ["long", "long"],
  ["fail"],
  ["end"],
  ["text", "end"],
  ["touch", "end"],
  ["text", "touch", "end"],
  ["stubborn", "end"],
  ["touch", "touch", "end"],
  ["peek", "peek", "touch", "end"],
  ["peek", "peek", "end"],
  ["python", "end"],
  ["text", "python", "python", "end"],
  ["look", "end"],
);
const ofCell = one("out", "out", "err", "flood", "input", "input", "display", "end", "end", "raise", "die");

const kinds: [number, fc.Arbitrary<Action>][] = [
  [2, fc.record({ do: one("create"), by })],
  [5, fc.record({ do: one("attach"), ...place })],
  [2, fc.record({ do: one("drop", "stall", "read"), ...place })],
  [1, fc.record({ do: one("choke"), by, bytes: one(0, 0, 2 * 1024 * 1024, 5 * 1024 * 1024) })],
  [
    8,
    fc.record({
      do: one("input"),
      ...place,
      delivery: one("queue", "steer", "reject"),
      expect: one<Expect>(undefined, undefined, undefined, "idle", "running", "wrong"),
    }),
  ],
  [7, fc.record({ do: one("python"), ...place })],
  [
    5,
    fc.record({
      do: one("interrupt"),
      ...place,
      target: one(undefined, undefined, "turn", "cell"),
      expect: one(undefined, undefined, "right", "wrong"),
    }),
  ],
  [1, fc.record({ do: one("cancel"), ...place, what: one("input", "cell"), which })],
  [
    5,
    fc.record({
      do: one("answer"),
      ...place,
      which,
      digest: one("right", "right", "none", "wrong"),
      allow: fc.boolean(),
      scope: one("once", "once", "session"),
    }),
  ],
  [2, fc.record({ do: one("resume"), ...place })],
  [1, fc.record({ do: one("update"), ...place, what: one("title", "auto-edit", "ask", "read-only", "head") })],
  [1, fc.record({ do: one("kernel"), ...place, action: one("start", "stop") })],
  [1, fc.record({ do: one("look"), ...place })],
  [6, fc.record({ do: one("again"), by, which: fc.nat({ max: 4 }), other: one(false, false, true) })],
  [14, fc.record({ do: one("model"), at, says: breath })],
  [3, fc.record({ do: one("tool"), which, says: one("progress", "end") })],
  [3, fc.record({ do: one("boot"), at, ok: one(true, true, true, false) })],
  [6, fc.record({ do: one("cell"), at, says: ofCell })],
  [12, fc.record({ do: one("go"), at, allow: one(true, true, false) })],
  [5, fc.record({ do: one("time"), ms: one(10, 20, 300, 300, 300, 1_000, 2_500, 6_000, 11_000, 61_000, 700_000) })],
  [4, fc.record({ do: one("fault"), at, faults: fc.array(fault, { minLength: 1, maxLength: 3 }) })],
  [6, fc.record({ do: one("hold"), where: one("before", "after"), actions: fc.integer({ min: 1, max: 4 }) })],
  [1, fc.record({ do: one("lag"), ticks: one(0, 0, 1, 2) })],
];

const action = fc.oneof(...kinds.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const pause = one(0, 0, 1, 2, 12, 12, 12, 12);
export const actions = fc.array(
  fc.tuple(action, pause).map(([what, ticks]): Timed => ({ ...what, pause: ticks })),
  { minLength: 1, maxLength: 70, size: "max" },
);
