import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** The daemon's own environment without the keys of daimon (`hidden` names them), and without what was meant for another. */
export function cleared(env: Environment, hidden: readonly string[]): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(DAIMON_|PYTHON|VIRTUAL_ENV|npm_)/.test(entry[0]) && !hidden.includes(entry[0]),
  );
  return Object.fromEntries(kept);
}

/** What a person's shell would give to Python, with the virtual environment that the interpreter belongs to. */
export function environmentFor(
  interpreter: string,
  env: Environment,
  hidden: readonly string[],
): Record<string, string> {
  return {
    ...cleared(env, hidden),
    ...activated(interpreter, env),
    // Nobody can press a key there.
    PAGER: "cat",
    GIT_PAGER: "cat",
  };
}

function activated(interpreter: string, env: Environment): Record<string, string> {
  const folder = dirname(dirname(interpreter));
  if (!existsSync(join(folder, "pyvenv.cfg"))) return {};
  const path = [dirname(interpreter), env["PATH"]].filter((part) => part).join(delimiter);
  return { VIRTUAL_ENV: folder, PATH: path };
}
