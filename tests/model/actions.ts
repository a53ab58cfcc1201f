import fc from "fast-check";
import type { Fault } from "../faulty-store.ts";

/** What may happen, as plain data: a failing run prints as a list that can be read and replayed. */

export type Action =
  | { do: "create"; by: number }
  | { do: "attach" | "drop" | "stall" | "read"; by: number; at: number }
  | { do: "choke"; by: number; bytes: number }
  | {
      do: "input";
      by: number;
      at: number;
      delivery: "queue" | "steer" | "reject";
      expect?: "idle" | "running" | "wrong";
    }
  | { do: "python"; by: number; at: number }
  | { do: "interrupt"; by: number; at: number; target?: "turn" | "cell"; expect?: "right" | "wrong" }
  | { do: "cancel"; by: number; at: number; what: "input" | "cell"; which: number }
  | {
      do: "answer";
      by: number;
      at: number;
      which: number;
      digest: "right" | "wrong" | "none";
      allow: boolean;
      scope: "once" | "session";
    }
  | { do: "resume"; by: number; at: number }
  | { do: "update"; by: number; at: number; what: "title" | "full-auto" | "ask" | "read-only" | "head" }
  | { do: "kernel"; by: number; at: number; action: "start" | "stop" }
  | { do: "look"; by: number; at: number }
  | { do: "again"; by: number; which: number; other: boolean }
  | {
      do: "model";
      at: number;
      says: "text" | "thinking" | "long" | "touch" | "stubborn" | "peek" | "python" | "look" | "end" | "fail";
    }
  | { do: "tool"; which: number; says: "progress" | "end" }
  | { do: "boot"; at: number; ok: boolean }
  | { do: "cell"; at: number; says: "out" | "err" | "flood" | "input" | "display" | "end" | "raise" | "die" }
  | { do: "time"; ms: number }
  | { do: "fault"; at: number; faults: Fault[] }
  | { do: "hold"; where: "before" | "after" }
  | { do: "release" }
  | { do: "lag"; ticks: number };

/** `pause`: how many ticks pass before the next one. */
export type Timed = Action & { pause: number };

const by = fc.constantFrom(0, 0, 1, 2);
const at = fc.constantFrom(0, 0, 0, 1);
const which = fc.nat({ max: 3 });
const is = <const T extends string>(name: T) => fc.constant(name);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const fault: fc.Arbitrary<Fault> = fc.constantFrom("failed", "unknown-written", "unknown-lost", "stale", "ok");

const kinds: [number, fc.Arbitrary<object>][] = [
  [1, fc.record({ do: is("create"), by })],
  [4, fc.record({ do: is("attach"), by, at })],
  [2, fc.record({ do: is("drop"), by, at })],
  [1, fc.record({ do: fc.constantFrom("stall", "read"), by, at })],
  [1, fc.record({ do: is("choke"), by, bytes: fc.constantFrom(0, 0, 2 * 1024 * 1024, 5 * 1024 * 1024) })],
  [
    6,
    fc.record({
      do: is("input"),
      by,
      at,
      delivery: fc.constantFrom("queue", "steer", "reject"),
      expect: maybe(fc.constantFrom("idle", "running", "wrong")),
    }),
  ],
  [4, fc.record({ do: is("python"), by, at })],
  [
    3,
    fc.record({
      do: is("interrupt"),
      by,
      at,
      target: maybe(fc.constantFrom("turn", "cell")),
      expect: maybe(fc.constantFrom("right", "wrong")),
    }),
  ],
  [1, fc.record({ do: is("cancel"), by, at, what: fc.constantFrom("input", "cell"), which })],
  [
    5,
    fc.record({
      do: is("answer"),
      by,
      at,
      which,
      digest: fc.constantFrom("right", "none", "wrong"),
      allow: fc.boolean(),
      scope: fc.constantFrom("once", "once", "session"),
    }),
  ],
  [2, fc.record({ do: is("resume"), by, at })],
  [1, fc.record({ do: is("update"), by, at, what: fc.constantFrom("title", "full-auto", "ask", "read-only", "head") })],
  [1, fc.record({ do: is("kernel"), by, at, action: fc.constantFrom("start", "stop") })],
  [1, fc.record({ do: is("look"), by, at })],
  [4, fc.record({ do: is("again"), by, which: fc.nat({ max: 30 }), other: fc.constantFrom(false, false, true) })],
  [
    14,
    fc.record({
      do: is("model"),
      at,
      says: fc.constantFrom(
        ...([
          "text",
          "text",
          "thinking",
          "long",
          "touch",
          "touch",
          "stubborn",
          "peek",
          "python",
          "look",
          "end",
          "end",
          "end",
          "fail",
        ] as const),
      ),
    }),
  ],
  [5, fc.record({ do: is("tool"), which, says: fc.constantFrom("progress", "end") })],
  [4, fc.record({ do: is("boot"), at, ok: fc.constantFrom(true, true, true, false) })],
  [
    8,
    fc.record({
      do: is("cell"),
      at,
      says: fc.constantFrom(
        ...(["out", "out", "err", "flood", "input", "display", "end", "end", "end", "raise", "die"] as const),
      ),
    }),
  ],
  [4, fc.record({ do: is("time"), ms: fc.constantFrom(10, 20, 300, 300, 2_500, 6_000, 11_000, 61_000, 700_000) })],
  [6, fc.record({ do: is("fault"), at, faults: fc.array(fault, { minLength: 1, maxLength: 4 }) })],
  [3, fc.record({ do: is("hold"), where: fc.constantFrom("before", "after") })],
  [3, fc.record({ do: is("release") })],
  [1, fc.record({ do: is("lag"), ticks: fc.constantFrom(0, 0, 1, 2) })],
];

const action = fc.oneof(...kinds.map(([weight, arbitrary]) => ({ weight, arbitrary })));
export const actions = fc.array(
  fc.tuple(action, fc.constantFrom(0, 0, 1, 2, 12, 12, 12)).map(([what, pause]) => ({ ...what, pause }) as Timed),
  { minLength: 1, maxLength: 60, size: "max" },
);
