import type { Ask, Method, Mode, ParamsOf, Role, SessionView } from "@daimon/protocol";
import { commands } from "@daimon/protocol/schema";

/** Who may do what. */

const ladder: readonly Role[] = ["observe", "operate", "approve", "admin"];
export const atLeast = (has: Role, needed: Role): boolean => ladder.indexOf(has) >= ladder.indexOf(needed);

const modes: readonly Mode[] = ["read-only", "ask", "auto-edit", "full-auto"];
/** The stricter of two. */
export const stricter = (a: Mode, b: Mode): Mode => (modes.indexOf(a) <= modes.indexOf(b) ? a : b);
const above = (mode: Mode | undefined, configured: Mode): boolean =>
  mode !== undefined && modes.indexOf(mode) > modes.indexOf(configured);

export const roleToAnswer = (kind: Ask["kind"]): Role => (kind === "approval" ? "approve" : "operate");

/** The role a command needs: its row's lowest, raised by what it names. */
export function roleFor<M extends Method>(
  method: M,
  params: ParamsOf<M>,
  view: SessionView | undefined,
  configured: Mode,
): Role {
  const least = commands[method].least;
  switch (method) {
    case "session/create": {
      const { mode, roots, runtime } = params as ParamsOf<"session/create">;
      return above(mode, configured) || roots !== undefined || runtime !== undefined ? "approve" : least;
    }
    case "session/update": {
      const { mode, roots, cwd, runtime } = params as ParamsOf<"session/update">;
      const risky = above(mode, configured) || roots !== undefined || cwd !== undefined || runtime !== undefined;
      return risky ? "approve" : least;
    }
    case "session/kernel":
      return (params as ParamsOf<"session/kernel">).runtime === undefined ? least : "approve";
    case "session/capability":
      // Those that somebody added run what they like, and looking is free only where it changes nothing.
      return (params as ParamsOf<"session/capability">).name.startsWith("x.") ? "operate" : least;
    case "session/answer": {
      const { askId } = params as ParamsOf<"session/answer">;
      return view?.asks.find(({ id }) => id === askId)?.role ?? least;
    }
    default:
      return least;
  }
}
