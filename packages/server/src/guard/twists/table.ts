import { exactly, operands } from "../options.ts";
import { git } from "./git.ts";
import { always, type Args, either, first, matches, not, option, type Twist, twist } from "./twist.ts";

const runs = "runs other programs";
const writes = "writes to a file that it names";
const reads = "takes its settings from elsewhere";
const changes = "changes files";

export const table = new Map<string, readonly Twist[]>(
  Object.entries({
    awk: [twist(runs, isNoPlainAwk)],
    biome: [twist(changes, option("fix apply write unsafe"))],
    black: [twist(reads, option("-c code"))],
    cargo: [twist(reads, either(option("-CZ config manifest-path"), matches(/^\+/)))],
    cp: [twist(writes, always)],
    curl: [
      twist(
        writes,
        option(`-oOJKTDc output remote-name config upload-file dump-header cookie-jar trace trace-ascii libcurl stderr
          etag-save etag-compare hsts alt-svc netrc-file output-dir`),
      ),
      twist("reads files", matches(/(?:^|=|^-\w)@|^file:/i)),
    ],
    date: [twist("sets the clock", option("-s set"))],
    dd: [twist(writes, always)],
    dmesg: [twist("empties the log", option("-cCDEn clear read-clear console-off console-on console-level"))],
    docker: [
      twist("reaches the whole machine", not(first(/^(?:ps|images|version|info|logs|inspect|stats|top|port|diff)$/))),
    ],
    eslint: [twist(changes, option("fix")), twist(reads, option("-co"))],
    fd: [twist(runs, option("-xX exec exec-batch"))],
    file: [twist(writes, option("-Cm compile magic-file"))],
    find: [
      twist(runs, (args) => exactly(args, "-exec", "-execdir", "-ok", "-okdir")),
      twist("deletes or writes", (args) => exactly(args, "-delete", "-fls", "-fprint", "-fprint0", "-fprintf")),
    ],
    gcc: [twist(runs, matches(/^(?:-wrapper|-fplugin|-B|-specs|@|-Xlinker|-Wl|-T|--sysroot)/))],
    git: [twist("does more than it seems", git)],
    go: [
      twist(
        runs,
        matches(/^--?(?:exec|toolexec|vettool|overlay|modfile|C|ldflags|gccgoflags|asmflags|gcflags)(?:=|$)/),
      ),
      twist(writes, (args) => exactly(args, "-o", "-c")),
    ],
    hostname: [
      twist(
        "names the machine",
        either((args) => operands(args).length > 0, option("-Fb file")),
      ),
    ],
    jest: [twist(reads, option("-c"))],
    jq: [
      twist(
        reads,
        either(option("-fL from-file library-path rawfile slurpfile"), matches(/\benv\b|\$ENV|\binclude\b/)),
      ),
    ],
    journalctl: [
      twist("empties the log", option("rotate flush vacuum-size vacuum-time vacuum-files sync relinquish-var")),
    ],
    kubectl: [twist("changes a cluster", not(first(/^(?:get|describe|logs|version|explain|top)$/)))],
    ln: [twist(writes, always)],
    make: [twist(reads, either(option("-fCIEe file makefile directory eval include-dir"), matches(/=/)))],
    mv: [twist(writes, always)],
    npm: [
      twist(runs, option("-c call script-shell node-options shell editor viewer browser git init-module")),
      twist(reads, option("-Cg prefix dir cwd userconfig globalconfig global registry workspace-root")),
      twist(runs, (args) => /^(?:exec|x|config|set|explore|init|create|dlx|edit|c)$/.test(operands(args)[0] ?? "")),
    ],
    npx: [twist("fetches a program", either(first(/^-|^$/)))],
    printf: [twist("sets a variable", option("-v"))],
    pytest: [twist(reads, option("-cop rootdir override-ini confcutdir pdbcls config-file basetemp"))],
    rg: [twist(runs, option("-z pre search-zip hostname-bin"))],
    rsync: [twist(runs, always)],
    ruff: [twist(changes, option("fix unsafe-fixes add-noqa"))],
    scp: [twist(runs, always)],
    sed: [twist("does more than print lines", (args) => !isPlainSed(args))],
    sort: [twist(writes, option("-oST output compress-program temporary-directory"))],
    split: [twist(writes, always)],
    tar: [
      twist(runs, (args) => tarRuns(dashed(args))),
      twist("deletes or reaches outside", (args) => tarReaches(dashed(args))),
    ],
    tee: [twist(writes, always)],
    test: [twist("looks into variables", option("-vR"))],
    tree: [twist(writes, option("-oR"))],
    uniq: [twist(writes, (args) => operands(args).length > 1)],
    vitest: [twist(reads, option("-cr"))],
    wget: [twist(writes, always)],
    xxd: [
      twist(
        writes,
        either((args) => operands(args).filter((arg) => !/^\d+$/.test(arg)).length > 1, option("-r revert")),
      ),
    ],
    yq: [twist(writes, option("-is inplace split-exp"))],
    zip: [twist(runs, option("-Tm test unzip-command move"))],
  }),
);
for (const [like, names] of Object.entries({
  awk: "gawk mawk nawk",
  cp: "install csplit patch",
  docker: "podman nerdctl docker-compose",
  eslint: "oxlint stylelint",
  fd: "fdfind",
  gcc: "cc g++ c++ clang clang++ tcc",
  make: "gmake",
  npm: "pnpm yarn bun",
  tar: "bsdtar gtar",
}))
  for (const name of names.split(" ")) table.set(name, table.get(like) ?? []);

const tarRuns = option(
  "-IF to-command use-compress-program checkpoint-action info-script new-volume-script rmt-command rsh-command",
);
const tarReaches = option(
  "-PCU remove-files absolute-names directory unlink-first recursive-unlink transform xform one-top-level",
);
/** Tar takes its first word for letters, with or without a dash. */
function dashed([word = "", ...rest]: Args): string[] {
  return [word.startsWith("-") ? word : `-${word}`, ...rest];
}

/** Compares and prints; its other words write files and run programs. */
function isNoPlainAwk(args: Args): boolean {
  return args.some((arg) => /system|getline|[|>@]/.test(arg.replaceAll(/>=|\|\|/g, "")) || /^-[^Fv]|^--/.test(arg));
}

/** Prints lines, or shows them with something replaced: its other letters write files and run programs. */
function isPlainSed(args: Args): boolean {
  const options = args.filter((arg) => /^-./.test(arg));
  if (options.some((arg) => !/^(?:-[nErsuz]+|--quiet|--silent|--regexp-extended)$/.test(arg))) return false;
  const [script = ""] = operands(args);
  const place = String.raw`(?:\d+|\$|\/[\w .:^$-]*\/)`;
  const plain = String.raw`^(?:(?:${place}(?:,${place})?)?[pdq]|s([/|,#])(?:(?!\1).)*\1(?:(?!\1).)*\1[gIip\d]*)$`;
  return new RegExp(plain).test(script);
}
