import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, lstatSync, readlinkSync, statSync, type Stats } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";

/** Which Python people mean, asked what it is, and why one cannot be used. */

type Environment = Readonly<Record<string, string | undefined>>;
export type Found = { interpreter: string } | { why: string };

/** What the helper modules are written for, and tested with. */
const oldest = [3, 11] as const;
const usual = "python3";
export const patience = 10_000;

/** How a Python tells of itself. Older ones understand it too; what else is printed at a start does not disturb. */
const question = `import sys
sys.stdout.write("<daimon>%s|%s|%s</daimon>" % (sys.version.split()[0], sys.executable, getattr(getattr(sys, "implementation", None), "name", "cpython")))`;

/**
 * The path of the interpreter that is meant: the one that a shim leads to, but that of a virtual environment and not of the
 * Python it was made with. Without a name: the `python3` that the daemon's own PATH leads to.
 */
export async function findInterpreter(
  named: string | undefined,
  cwd: string,
  env: Environment,
  run: Run = runAsWeAre,
): Promise<Found> {
  const place = placeOf(named ?? usual, cwd, env);
  if ("why" in place) return place;
  const answer = await ask(place.path, existsSync(cwd) ? cwd : "/", env, run);
  if ("why" in answer) return answer;
  const { version, executable, implementation } = answer;
  if (implementation !== "cpython") return { why: `${place.path} is ${implementation}; daimon needs CPython` };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) return { why: tooOld(place.path, version) };
  return { interpreter: executable === "" ? place.path : executable };
}

/** Why a file that was found to be a Python is none any more; undefined while it is. */
export const whyGone = (path: string): string | undefined => {
  const place = check(path);
  return "why" in place ? place.why : undefined;
};

const tooOld = (path: string, version: string) =>
  `${path} is Python ${version}; daimon needs Python ${oldest.join(".")} or newer`;

type Place = { path: string } | { why: string };

function placeOf(named: string, cwd: string, env: Environment): Place {
  if (named.startsWith("~/")) return check(join(env["HOME"] ?? "/", named.slice(2)));
  if (named.includes("/")) return check(resolve(cwd, named));
  const folders = (env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  const found = folders.map((folder) => join(folder, named)).find((path) => "path" in check(path));
  if (found !== undefined) return { path: found };
  const here = resolve(cwd, named);
  if (existsSync(here) && statSync(here).isDirectory()) return check(here);
  const next = existsSync(here)
    ? `the one in this folder is ./${named}`
    : "name one by its path, like .venv/bin/python";
  return { why: `there is no ${named} on the daemon's PATH; ${next}` };
}

function check(path: string): Place {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    return { why: whyNotThere(path, (error as NodeJS.ErrnoException).code) };
  }
  if (stats.isDirectory()) {
    const inside = join(path, "bin", "python");
    const next = existsSync(inside) ? `; the Python in it is ${inside}` : "; name the Python in it";
    return { why: `${path} is a folder${next}` };
  }
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return { why: `${path} is no program that may be run` };
  }
  return stats.isFile() ? { path } : { why: `${path} is no program` };
}

function whyNotThere(path: string, code: string | undefined): string {
  if (code === "EACCES") return `${path} is in a folder that may not be looked into`;
  const link = code === "ENOENT" ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
  if (!link?.isSymbolicLink()) return `there is no ${path}`;
  const target = resolve(dirname(path), readlinkSync(path));
  return `${path} leads to ${target}, which is gone; make its virtual environment anew`;
}

type Answer = { version: string; executable: string; implementation: string } | { why: string };

async function ask(path: string, cwd: string, env: Environment, run: Run): Promise<Answer> {
  const { said, late } = await run(path, ["-E", "-S", "-c", question], cwd, env);
  const [, version, executable = "", implementation = ""] = /<daimon>(.*)\|(.*)\|(.*)<\/daimon>/.exec(said) ?? [];
  if (version !== undefined) return { version, executable, implementation };
  if (late) return { why: `${path} did not say within ${patience / 1000} s which Python it is` };
  const told = /^Python (\d+\.\d+\S*)/m.exec((await run(path, ["--version"], cwd, env)).said);
  if (told?.[1] !== undefined) return { why: tooOld(path, told[1]) };
  const last = said.trim().split("\n").at(-1)?.slice(0, 200);
  return { why: `${path} is no Python${last ? ` (it says: ${last})` : ""}` };
}

/** All that it said, on both streams. */
export type Run = (
  path: string,
  args: string[],
  cwd: string,
  env: Environment,
) => Promise<{ said: string; late: boolean }>;

const runAsWeAre: Run = (path, args, cwd, env) =>
  new Promise((done) => {
    const options = { cwd, env: { ...env }, timeout: patience, killSignal: "SIGKILL", maxBuffer: 1 << 20 } as const;
    const child = execFile(path, args, options, (error, stdout, stderr) =>
      done({
        said: `${stdout}\n${stderr}${stdout || stderr ? "" : (error?.message ?? "")}`,
        late: error?.killed === true,
      }),
    );
    child.stdin?.end();
  });
