import { has, operands } from "../options.ts";
import { all, type Harm, type Harms } from "./harm.ts";

const sql =
  /\b(?:drop\s+(?:table|database|schema|index|view|user|role|owned)|truncate\s+(?:table\s+)?\w|flush(?:all|db)\b|dropDatabase)/i;
/** Every row: no WHERE behind it. */
const everyRow = /\b(?:delete\s+from\s+[\w."`]+|update\s+[\w."`]+\s+set\s+(?!.*\bwhere\b)[^;]*)\s*(?:;|$)/i;

/** What is kept elsewhere: containers, clusters, clouds, databases, what others have installed from us. */
export const services: Harms = {
  ...all("docker podman nerdctl", ({ program, args }) => {
    const [does = "", what = ""] = operands(args);
    if ([does, what].includes("prune") || (does === "volume" && /^(?:rm|remove)$/.test(what)))
      return { why: `${program} deletes what no container uses just now, data too`, safer: `${program} system df` };
    if (/^(?:rm|rmi)$/.test(does) || /^(?:rm|remove)$/.test(what)) {
      return has(args, "f", "force")
        ? { why: `${program} ${does} deletes what still runs`, safer: `${program} stop` }
        : undefined;
    }
    return [does, what].includes("down") && has(args, "v", "volumes", "rmi")
      ? { why: `${program} deletes the data of these containers`, safer: `${program} compose down` }
      : undefined;
  }),
  "docker-compose": ({ args }) =>
    args.includes("down") && has(args, "v", "volumes", "rmi")
      ? { why: "the data of these containers is deleted" }
      : undefined,
  ...all("kubectl oc", ({ program, args }) => {
    const does = args.some((arg) => /^(?:delete|drain|cordon|replace)$/.test(arg));
    return does || args.includes("--prune")
      ? { why: `${program} takes things out of a cluster`, safer: `${program} get, or --dry-run=client` }
      : undefined;
  }),
  helm: ({ args }) =>
    /^(?:uninstall|delete|del|un|rollback)$/.test(operands(args)[0] ?? "")
      ? { why: "helm takes a release out of a cluster", safer: "helm uninstall --dry-run" }
      : undefined,
  ...all("terraform tofu terragrunt pulumi cdk cdktf", ({ program, args }) => {
    const unseen = exactlyAny(args, "-auto-approve", "--auto-approve", "--yes", "-y");
    const [does = "", what = ""] = operands(args);
    return /^(?:destroy|down)$/.test(does) ||
      (does === "state" && what === "rm") ||
      (unseen && /^(?:apply|up|deploy)$/.test(does))
      ? { why: `${program} changes real machines`, safer: `${program} plan` }
      : undefined;
  }),
  ...all("aws gcloud az doctl heroku fly flyctl vercel netlify gh glab wrangler firebase", ({ program, args }) => {
    const does = operands(args).find((word) =>
      /(?:^|[-:])(?:delete|destroy|terminate|remove|rm|rb|purge|reset)(?:$|[-:])/.test(word),
    );
    return does !== undefined || args.includes("--delete")
      ? { why: `${program} ${does ?? "--delete"} deletes what is kept elsewhere` }
      : undefined;
  }),
  ...all("npm pnpm yarn cargo gem twine poetry", ({ program, args }) => {
    const [does = ""] = operands(args);
    return /^(?:publish|unpublish|deprecate|yank|owner)$/.test(does) ||
      (/^(?:gem|twine)$/.test(program) && /^(?:push|upload)$/.test(does))
      ? { why: `${program} ${does} changes what everybody can install`, safer: `${program} ${does} --dry-run` }
      : undefined;
  }),
  ...all("dropdb dropuser", ({ program }) => ({ why: `${program} deletes what a server keeps` })),
  ...all("psql mysql mariadb sqlite3 mongo mongosh redis-cli mysqladmin sqlcmd", ({ args, program }) =>
    program === "mysqladmin" && args.includes("drop") ? harmOfSql("drop database") : harmOfSql(args.join(" ")),
  ),
};

export const databases = new Set(["psql", "mysql", "mariadb", "sqlite3", "mongo", "mongosh", "redis-cli", "sqlcmd"]);

export function harmOfSql(text: string): Harm | undefined {
  if (sql.test(text)) return { why: "a database loses a table or more", safer: "make a backup first" };
  return everyRow.test(text)
    ? { why: "every row of a table is changed", safer: "SELECT count(*) first, in a transaction" }
    : undefined;
}

const exactlyAny = (args: readonly string[], ...names: readonly string[]): boolean =>
  args.some((arg) => names.includes(arg));
