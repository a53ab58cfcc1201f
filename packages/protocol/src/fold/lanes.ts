import type { KernelLane, PendingCall, SessionView, TurnLane } from "../types.ts";

/** The two lanes of a session, side by side. Only the fold moves them; a move that is not listed here is a bug. */

type Turn = TurnLane["is"];
type Kernel = KernelLane["is"];
export type ActiveTurn = Exclude<TurnLane, { is: "idle" }>;

const turnMoves: Record<Turn, readonly Turn[]> = {
  idle: ["thinking"],
  thinking: ["calling", "waiting", "suspended", "ending", "idle"],
  calling: ["thinking", "waiting", "suspended", "ending", "idle"],
  waiting: ["calling", "thinking", "suspended", "ending", "idle"],
  suspended: ["calling", "thinking", "waiting", "ending", "idle"],
  ending: ["idle"],
};
const kernelMoves: Record<Kernel, readonly Kernel[]> = {
  none: ["starting"],
  starting: ["idle", "dead", "none"],
  idle: ["running", "dead", "none"],
  running: ["idle", "dead", "none"],
  dead: ["starting", "none"],
};

/** Told of a move that cannot be. Tests throw; a running daemon logs it and keeps the lane it had. */
export type Impossible = (what: string) => void;

const transitionsKept = 50;

export function moveTurn(view: SessionView, turn: TurnLane, seq: number, impossible: Impossible): SessionView {
  const from = view.turn.is;
  if (!turnMoves[from].includes(turn.is)) {
    impossible(`turn cannot go from ${from} to ${turn.is} at event ${seq}`);
    return view;
  }
  const transition = { lane: "turn" as const, from, to: turn.is, seq };
  return { ...view, turn, transitions: [...view.transitions, transition].slice(-transitionsKept) };
}

export function moveKernel(view: SessionView, kernel: KernelLane, seq: number, impossible: Impossible): SessionView {
  const from = view.kernel.is;
  if (!kernelMoves[from].includes(kernel.is)) {
    impossible(`kernel cannot go from ${from} to ${kernel.is} at event ${seq}`);
    return view;
  }
  const transition = { lane: "kernel" as const, from, to: kernel.is, seq };
  return { ...view, kernel, transitions: [...view.transitions, transition].slice(-transitionsKept) };
}

/** What all working states share, without what only one of them has. */
export function common(turn: ActiveTurn): Shared {
  const { is: _, pausedAt: __, why: ___, ...shared } = { pausedAt: 0, why: "", ...turn };
  return shared;
}
type Shared = Omit<Extract<TurnLane, { is: "thinking" }>, "is">;

/** Where a turn stands, given its calls: waiting for people comes before calling, calling before thinking. */
export function standing(turn: ActiveTurn, at: number): TurnLane {
  const base = common(turn);
  const settled =
    turn.is === "waiting" || turn.is === "suspended"
      ? { ...base, paused: base.paused + Math.max(0, at - turn.pausedAt) }
      : base;
  if (turn.is === "ending") return turn;
  if (turn.calls.some((call) => call.state === "asked"))
    return { is: "waiting", ...base, pausedAt: turn.is === "waiting" || turn.is === "suspended" ? turn.pausedAt : at };
  // A step that still streams is thinking, whatever it has asked for so far.
  if (turn.calls.length > 0 && turn.step === null) return { is: "calling", ...settled };
  return { is: "thinking", ...settled };
}

export const patchCall = (turn: ActiveTurn, id: number, change: Partial<PendingCall>): ActiveTurn => ({
  ...turn,
  calls: turn.calls.map((call) => (call.id === id ? { ...call, ...change } : call)),
});
