import { DaimonError, type Method, type ParamsOf } from "@daimon/protocol";
import { fitting } from "./attach.ts";
import { trail } from "./audit.ts";
import type { HubPorts } from "./world.ts";
import type { Library } from "./library.ts";
import { atLeast } from "./roles.ts";
import type { Caller } from "./ports.ts";
import * as project from "./project.ts";
import * as rules from "./keptrules.ts";
import * as shelf from "./shelf.ts";
import * as usage from "./usage.ts";

/** What is answered at once: nothing of it becomes an event of a session. */
export async function answerOf(
  ports: HubPorts & { library: Library },
  caller: Caller,
  method: Method,
  params: ParamsOf<Method>,
): Promise<unknown> {
  const { store, library } = ports;
  if (method === "session/list") {
    const { sessions, ...page } = await shelf.list(store, caller, params as ParamsOf<"session/list">);
    return { ...page, sessions: sessions.map((summary) => library.marked(summary)) };
  }
  if (method === "session/find")
    return library.marked(await shelf.find(store, caller, (params as ParamsOf<"session/find">).name));
  if (method === "rule/list") {
    const { sessionId } = params as ParamsOf<"rule/list">;
    const session = sessionId === undefined ? undefined : await library.session(sessionId);
    return rules.list(ports, session?.view);
  }
  if (method === "rule/revoke") return rules.revoke(ports, caller.actor, params as ParamsOf<"rule/revoke">);
  if (method === "audit") return trail(store, params as ParamsOf<"audit">);
  if (method === "usage") return usage.overview(store, ports.clock.now());

  const session = await library.session((params as { sessionId: string }).sessionId);
  switch (method) {
    case "session/get":
      return fitting(session.view);
    case "session/usage":
      return session.view.usage;
    case "session/events":
      return shelf.events(store, session, params as ParamsOf<"session/events">);
    case "session/history":
      return shelf.history(store, session, params as ParamsOf<"session/history">);
    case "session/capability": {
      const { name, arg } = params as ParamsOf<"session/capability">;
      return session.looks.capability(name, arg, atLeast(caller.role, "operate"));
    }
    case "session/variables":
      return session.looks.variables();
    case "session/project":
      // What was found is what its next turn is told of, too.
      await session.ceiling.now();
      return project.look(ports, session.view.cwd);
    case "session/trust":
      return project.trust(ports, session.view.cwd, params as ParamsOf<"session/trust">, caller.actor);
    case "session/diff":
      return session.undoing.diff((params as ParamsOf<"session/diff">).turn);
    case "session/complete":
      return session.looks.complete(params as ParamsOf<"session/complete">);
    case "session/isComplete":
      return session.looks.isComplete(params as ParamsOf<"session/isComplete">);
    default:
      throw new DaimonError("unsupported", `${method} is not answered here`);
  }
}
