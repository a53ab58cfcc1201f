import type { ResultOf } from "@daimon/protocol";
import { dollars } from "@daimon/protocol";

/** What people are told of the project that a session works in. */

type Project = ResultOf<"session/project">;

/** What to ask before the project is listened to; undefined where somebody said yes or no, or it says nothing. */
export function trustQuestion(project: Project): string | undefined {
  const files = filesOf(project);
  if (project.answered || files.length === 0) return undefined;
  return `${listed(files)} in ${project.folder}: the assistant goes by ${files.length > 1 ? "them" : "it"} only if you trust this project`;
}

export function trustWords({ folder, ...project }: Project, already = false): string {
  const files = filesOf({ folder, ...project });
  const still = already ? " already" : "";
  if (!project.trusted) return `${folder} is not trusted${still}; /trust changes that`;
  if (files.length === 0) return `${folder} is trusted${still}; it has no AGENTS.md`;
  return `${folder} is trusted${still}; the assistant goes by ${listed(files)} from its next turn on`;
}

/** One line about it, for /status. */
export function projectWords({ folder, trusted, answered, instructions, ceiling }: Project): string {
  const said = trusted ? "trusted" : answered ? "not trusted" : "not trusted yet (/trust)";
  const read = trusted && instructions.length > 0 ? `; reads ${listed(instructions)}` : "";
  return `${folder}, ${said}${read}${trusted && ceiling ? `; ${ceiling.file}: ${ceilingWords(ceiling)}` : ""}`;
}

function ceilingWords({ holds = {}, fault }: NonNullable<Project["ceiling"]>): string {
  if (fault !== undefined) return fault;
  const { mode, limits = {}, budget, tools } = holds;
  const parts = [
    mode && `mode ${mode}`,
    limits.steps && `${limits.steps} steps`,
    limits.ms && `${limits.ms} ms`,
    limits.tokens && `${limits.tokens} tokens`,
    limits.cost !== undefined && `${dollars(limits.cost)} a turn`,
    budget?.day && `${dollars(budget.day)} a day`,
    tools && (tools.length > 0 ? `the tools ${listed(tools)}` : "no tools"),
  ].filter(Boolean);
  return parts.length > 0 ? `at most ${parts.join(", ")}` : "it says nothing";
}

const filesOf = ({ instructions, ceiling }: Project): string[] => [...instructions, ...(ceiling ? [ceiling.file] : [])];

const namesShown = 3;
function listed(names: readonly string[]): string {
  const rest = names.length - namesShown;
  return `${names.slice(0, namesShown).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
