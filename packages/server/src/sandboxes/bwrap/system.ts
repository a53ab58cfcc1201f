import { readdirSync, readlinkSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join } from "node:path";
import { isInside, lookAt, realOf } from "../paths.ts";

/** What every program may read of the machine: an allow-list, since nobody can list what must not be seen. */

/** Folders of the system, and the names by which older programs know them. */
const folders = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/** Of /etc: how programs find libraries, names, times, certificates. Nothing in it is secret: passwords and host keys are not here. */
const settings = [
  ...["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "nsswitch.conf", "passwd", "group", "hosts"],
  ...["localtime", "timezone", "locale.alias", "locale.conf", "os-release", "lsb-release", "debian_version"],
  ...["ssl/certs", "ssl/openssl.cnf", "ca-certificates", "ca-certificates.conf", "pki/tls/certs", "pki/ca-trust"],
  ...["protocols", "services", "mime.types", "magic", "inputrc", "terminfo", "fonts", "gitconfig", "matplotlibrc"],
];

/** Where the kernel takes settings of the whole machine: among them which program it starts when another crashes. */
const kernel = ["sys", "sysrq-trigger", "fs", "irq", "bus", "acpi", "scsi", "mtrr", "dynamic_debug", "driver"].map(
  (name) => join("/proc", name),
);

/** Package managers that keep everything below one folder. */
const stores = ["/nix/store", "/gnu/store"];

/** Arguments for bwrap: the same for every command, and so made once. */
export function systemArguments(): string[] {
  return [
    ...["--ro-bind", "/usr", "/usr"],
    ...folders.flatMap((folder) => {
      const there = lookAt(folder);
      if (there?.isSymbolicLink()) return ["--symlink", readlinkSync(folder), folder];
      return there ? ["--ro-bind", folder, folder] : [];
    }),
    ...[...settings.map((name) => join("/etc", name)), ...pythons(), ...stores].flatMap((path) =>
      realOf(path) === undefined ? [] : ["--ro-bind", path, path],
    ),
    ...["--proc", "/proc", "--dev", "/dev"],
    // They belong to root, who may write them without any privilege; bwrap itself takes a folder for read only that is not.
    ...kernel.flatMap((path) => (lookAt(path) ? ["--ro-bind", path, path] : [])),
  ];
}

/** Debian's Pythons read their settings in /etc/pythonX.Y. */
const pythons = (): string[] =>
  readdirSync("/etc")
    .filter((name) => /^python\d/.test(name))
    .map((name) => join("/etc", name));

/**
 * Folders of the programs that PATH names, where the system's do not hold them already: a Node of one's own, a pyenv. Of a
 * home folder only what is such a folder: `~/bin` alone, but all of `~/.nvm/versions/node/v24`, without which its programs are
 * nothing.
 */
export function toolchains(search: string | undefined, home: string | undefined): string[] {
  const named = (search ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return [...new Set(named.flatMap((folder) => toolchainOf(folder, home)))].filter(
    (path) => realOf(path) !== undefined,
  );
}

function toolchainOf(folder: string, home: string | undefined): string[] {
  const real = realOf(folder);
  if (real === undefined || ["/usr", ...folders].some((system) => isInside(real, system))) return [];
  const above = dirname(real);
  const manager = managers.find(([name]) => basename(above) === name);
  if (manager) return manager[1].map((name) => join(dirname(above), name));
  if (basename(real) === ".bin" && basename(above) === "node_modules") return [above];
  const everything = basename(above) === ".local" || (home !== undefined && isInside(home, above));
  const whole = basename(real) === "bin" && lookAt(join(above, "lib"))?.isDirectory() && !everything;
  return [whole ? above : real];
}

/** Version managers, by the folder above the one that PATH names: what their programs need, and not where they keep keys. */
const managers: readonly [string, readonly string[]][] = [
  [".pyenv", [".pyenv"]],
  [".cargo", [".cargo/bin", ".rustup"]],
  [".rbenv", [".rbenv"]],
  [".asdf", [".asdf"]],
  [".volta", [".volta"]],
  [".bun", [".bun"]],
  [".deno", [".deno/bin"]],
];
