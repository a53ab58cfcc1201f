import type { Where } from "../../core/ports.ts";
import { isWithin } from "../places.ts";
import { changesShell, handsOver, interpreters, shells, wrappers } from "../programs.ts";
import { table } from "./table.ts";
import { type Args, first } from "./twist.ts";

/** Why a rule for this program's name does not cover these words. */
export function twistOf([name = "", ...args]: readonly string[], place: Where): string | undefined {
  if (changesShell.has(name)) return `${name} changes what the shell does next`;
  const program = name.replace(/^.*\//, "");
  const known = table.get(program);
  if (wrappers.has(program) && !known) return `${program} runs other programs`;
  if (handsOver.has(program)) return `${program} takes commands from elsewhere`;
  if (interpreters.test(program) || shells.has(program)) return codeIn(program, args);
  const found = known?.find(({ when }) => when(args));
  return found ? `${program} ${found.why} with these words` : (telling(args) ?? outside(args, place));
}

/** A script is a file like any other that a rule may name; code among the words is not. */
function codeIn(program: string, args: Args): string | undefined {
  const [option = "", module = ""] = args;
  const harmless =
    first(/^(?:--version|-V|-v|--help|-h|--check|--test)$/)(args) ||
    (option === "-m" && /^(?:pytest|unittest|doctest|mypy|ruff|black|json\.tool)$/.test(module));
  // These do many things with many options.
  if (/^(?:deno|bun)$/.test(program) && args.some((arg) => /^(?:-|eval$|repl$|x$|exec$)/.test(arg)))
    return `${program} is told more than which script to run`;
  return !harmless && /^$|^[-+]|^\/(?:dev|proc)\//.test(option) ? `${program} runs code that no file keeps` : undefined;
}

/**
 * Programs that nobody here knows tell by the names of their options what those do: a list of the bad ones of each would always lack
 * some.
 */
function telling(args: Args): string | undefined {
  const found = args.find((arg) => {
    const [, name = ""] = /^--([A-Za-z][\w-]*)/.exec(arg) ?? [];
    const parts = name
      .replaceAll(/([a-z])([A-Z])/g, "$1-$2")
      .toLowerCase()
      .split(/[-_]/);
    return (
      !/^(?:no|exclude|include|ignore|skip|show|list)$/.test(parts[0] ?? "") && parts.some((part) => tells.has(part))
    );
  });
  return found === undefined ? undefined : `${found} may run, read or write something else`;
}
const tells = new Set(
  `exec execute command cmd config configfile conf rc plugin plugins loader require import preload output out outfile outdir
   script shell editor pager browser hook hooks program executable interpreter save rulesdir inplace stderr trace prefix
   rootdir root cwd directory dir chdir manifest kubeconfig setup globalsetup password token upload delete syntax
   remove`.split(/\s+/),
);

/** An option's value that lies elsewhere: read or written is not told. */
function outside(args: Args, place: Where): string | undefined {
  const found = args.find((arg, at) => {
    const value = /^-(?:-[\w-]+=|\w*=|\w)(?=[/.])(.*)$/.exec(arg)?.[1] ?? (/^-o$/.test(args[at - 1] ?? "") ? arg : "");
    return value !== "" && value !== "/dev/null" && !isWithin(value, place);
  });
  return found === undefined ? undefined : `${found} lies outside of the session's folders`;
}
