import type { Ask, Method, Mode, ParamsOf, Role, SessionView } from "@daimon/protocol";
import { commands } from "@daimon/protocol/schema";
import type { Runtime, Sandbox, Tool } from "./ports.ts";

/** Who may do what, and what the assistant may do without asking. */

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

export type Verdict = { is: "allow" } | { is: "deny"; why: string } | { is: "ask" };

type Governed = Pick<SessionView, "mode" | "rules">;

/** What policy says of a call, before anybody is asked. The sandbox is the boundary; this only decides who is asked. */
export function verdict(tool: Tool, view: Governed, runtime: Runtime | undefined, sandbox: Sandbox): Verdict {
  if (tool.touches === "nothing") return { is: "allow" };
  if (view.mode === "read-only")
    return { is: "deny", why: "the assistant is read-only here: looking is allowed, changing is not" };
  if (tool.touches === "python") {
    if (runtime?.sealed) return { is: "allow" };
    // Unsealed Python can do whatever the person can, in any mode: only a sandbox that holds changes that.
    return sandbox.confines ? ruled(tool, view) : { is: "ask" };
  }
  return ruled(tool, view);
}

function ruled(tool: Tool, view: Governed): Verdict {
  const rule = view.rules.findLast((kept) => kept.tool === tool.name);
  if (rule) return rule.allow ? { is: "allow" } : { is: "deny", why: "a rule of this session forbids it" };
  if (view.mode === "full-auto" || (view.mode === "auto-edit" && tool.touches === "files")) return { is: "allow" };
  return { is: "ask" };
}
