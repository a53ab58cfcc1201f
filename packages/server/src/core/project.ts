import { type Actor, DaimonError, type ParamsOf, type ResultOf } from "@daimon/protocol";
import type { Ceilings, Instructions, Log, Trust } from "./ports.ts";

/** The project that a session works in, and what a person says of it. */

export type ProjectPorts = { trust: Trust; instructions: Instructions; ceilings: Ceilings; log: Log };

export async function look(ports: ProjectPorts, cwd: string): Promise<ResultOf<"session/project">> {
  const standing = await ports.trust.of(cwd);
  const ceiling = await ceilingOf(ports.ceilings, standing);
  return { ...standing, instructions: [...(await ports.instructions.found(cwd))], ...(ceiling ? { ceiling } : {}) };
}

/** Where nobody trusts the project it is told that there is one, and no more. */
async function ceilingOf({ file, found, of }: Ceilings, { folder, trusted }: { folder: string; trusted: boolean }) {
  if (!trusted) return (await found(folder)) ? { file } : undefined;
  const ceiling = await of(folder);
  return ceiling && { file, ...ceiling };
}

/** Nobody trusts what they did not see: the session may work elsewhere by now, or a repository begin further up. */
export async function trust(
  ports: ProjectPorts,
  cwd: string,
  { folder, trusted = true }: ParamsOf<"session/trust">,
  by: Actor,
): Promise<ResultOf<"session/trust">> {
  const standing = await ports.trust.of(cwd);
  if (folder !== standing.folder)
    throw new DaimonError(
      "conflict",
      `this session works in the project ${standing.folder} and not in ${folder}; look again`,
      { details: { folder: standing.folder } },
    );
  if (standing.answered && standing.trusted === trusted) return {};
  await ports.trust.say(folder, trusted);
  ports.log("info", "a person said whether a project is trusted", { folder, trusted, by: by.principal, name: by.name });
  return {};
}
