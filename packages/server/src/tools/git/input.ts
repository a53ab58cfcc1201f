import { DaimonError } from "@daimon/protocol";
import { type Static, Type } from "typebox";

/** Vendors take no union where a tool's input begins: so one shape for all that git does, and here what each takes of it. */
const revision = (description: string) =>
  // What begins with a dash would be an option.
  Type.String({ minLength: 1, maxLength: 300, pattern: "^[^-\\0][^\\0]*$", description });

export const input = Type.Object(
  {
    does: Type.Enum(["status", "diff", "log", "show", "add", "commit", "branch"], {
      description: "branch lists, and with a name it acts",
    }),
    rev: Type.Optional(revision("A revision or range: HEAD~2, main..HEAD")),
    paths: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 4096, pattern: "^[^\\0]*$" }), {
        minItems: 1,
        maxItems: 200,
        description: "Only these; add: what to stage",
      }),
    ),
    staged: Type.Optional(Type.Boolean({ description: "diff: of what is staged" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: "log: commits, else 20" })),
    message: Type.Optional(
      Type.String({ minLength: 1, maxLength: 16 * 1024, pattern: "^[^\\0]*$", description: "commit: its message" }),
    ),
    all: Type.Optional(Type.Boolean({ description: "commit: known files, unstaged too" })),
    name: Type.Optional(revision("branch: its name")),
    act: Type.Optional(Type.Enum(["create", "switch", "delete"], { description: "branch: else it is created" })),
    from: Type.Optional(revision("branch: where it begins, else HEAD")),
    force: Type.Optional(Type.Boolean({ description: "branch: delete though merged nowhere" })),
  },
  { additionalProperties: false },
);
export type Input = Static<typeof input>;
type Does = Input["does"];

const takes: Record<Does, readonly (keyof Input)[]> = {
  status: [],
  diff: ["rev", "paths", "staged"],
  log: ["rev", "paths", "limit"],
  show: ["rev", "paths"],
  add: ["paths"],
  commit: ["message", "all"],
  branch: ["name", "act", "from", "force"],
};
const needs: Partial<Record<Does, keyof Input>> = { add: "paths", commit: "message" };

/** What this use of git has too much or lacks. */
export function checkUse(given: Input): void {
  const { does } = given;
  const names = Object.keys(given) as (keyof Input)[];
  const wrong = names.find((name) => name !== "does" && given[name] !== undefined && !takes[does].includes(name));
  if (wrong !== undefined) throw misuse(`git ${does} takes no ${wrong}.`);
  const lacks = needs[does];
  if (lacks !== undefined && given[lacks] === undefined) throw misuse(`git ${does} needs ${lacks}.`);
  if (does !== "branch") return;
  if (given.name === undefined && names.length > 1) throw misuse("git branch needs name.");
  if (given.from !== undefined && (given.act ?? "create") !== "create")
    throw misuse("git branch takes from only for a new one.");
  if (given.force === true && given.act !== "delete") throw misuse("git branch takes force only to delete.");
}

const misuse = (sentence: string) => new DaimonError("invalid", sentence);

/** Whether it only looks. */
export const looks = ({ does, name }: Input): boolean =>
  does === "status" ||
  does === "diff" ||
  does === "log" ||
  does === "show" ||
  (does === "branch" && name === undefined);

const quiet = ["--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short"];
const ofCommits = ["--no-show-signature", "--no-notes"];

/** The words of git. What is given as a revision or a path can be nothing else. */
export function wordsOf({ does, rev, paths = [], ...more }: Input): string[] {
  const revs = rev === undefined ? [] : ["--end-of-options", rev];
  switch (does) {
    case "status":
      return ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal", "--ignore-submodules=dirty"];
    case "diff":
      return [
        "diff",
        ...quiet,
        "--ignore-submodules=dirty",
        ...(more.staged ? ["--cached"] : []),
        ...revs,
        "--",
        ...paths,
      ];
    case "log":
      return [
        "log",
        ...quiet,
        ...ofCommits,
        `--max-count=${more.limit ?? 20}`,
        "--date=iso",
        "--format=%h %ad %an%d %s",
        ...revs,
        "--",
        ...paths,
      ];
    case "show":
      return ["show", ...quiet, ...ofCommits, "--date=iso", "--stat", "--patch", ...revs, "--", ...paths];
    case "add":
      return ["add", "--", ...paths];
    case "commit":
      return ["commit", ...(more.all ? ["--all"] : []), `--message=${more.message ?? ""}`];
    case "branch":
      return branchWords(more);
  }
}

function branchWords({ name, act = "create", from, force }: Pick<Input, "name" | "act" | "from" | "force">): string[] {
  if (name === undefined)
    return [
      "branch",
      "--all",
      "--no-color",
      "--no-column",
      "--format=%(HEAD) %(refname:short) %(objectname:short) %(upstream:track) %(contents:subject)",
    ];
  if (act === "switch") return ["switch", "--no-guess", name];
  if (act === "delete") return ["branch", force ? "-D" : "-d", "--", name];
  return ["branch", "--", name, ...(from === undefined ? [] : [from])];
}
