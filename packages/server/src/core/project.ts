import { type Actor, DaimonError, type ResultOf } from "@daimon/protocol";
import type { Instructions, Log, Trust } from "./ports.ts";

/** The project that a session works in, and what a person says of it. */

export type ProjectPorts = { trust: Trust; instructions: Instructions; log: Log };

export async function look(ports: ProjectPorts, cwd: string): Promise<ResultOf<"session/project">> {
  const { folder, trusted } = await ports.trust.of(cwd);
  return { folder, trusted, instructions: [...(await ports.instructions.found(cwd))] };
}

/** Nobody trusts what they did not see: the session may work elsewhere by now, or a repository begin further up. */
export async function trust(
  ports: ProjectPorts,
  cwd: string,
  folder: string,
  by: Actor,
): Promise<ResultOf<"session/trust">> {
  const { folder: root, trusted } = await ports.trust.of(cwd);
  if (folder !== root)
    throw new DaimonError("conflict", `this session works in the project ${root} and not in ${folder}; look again`, {
      details: { folder: root },
    });
  if (trusted) return {};
  await ports.trust.add(root);
  ports.log("info", "a project is trusted from now on", { folder: root, by: by.principal, name: by.name });
  return {};
}
