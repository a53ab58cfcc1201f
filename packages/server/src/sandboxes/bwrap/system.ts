import { readlinkSync } from "node:fs";
import { cp, mkdir, readdir } from "node:fs/promises";
import { basename, delimiter, dirname, isAbsolute, join } from "node:path";
import { isInside, lookAt, realOf } from "../paths.ts";

/** What every program may read of the machine: an allow-list, since nobody can list what must not be seen. */

/** Folders of the system, and the names by which older programs know them. */
const folders = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/** Of /etc: how programs find libraries, names, times, certificates. Nothing in it is secret: passwords and host keys are not here. */
const settings = [
  ...["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "nsswitch.conf", "passwd", "group", "hosts"],
  ...["localtime", "timezone", "locale.alias", "locale.conf", "os-release", "lsb-release", "debian_version"],
  ...["ssl/openssl.cnf", "ca-certificates", "ca-certificates.conf"],
  ...["protocols", "services", "mime.types", "magic", "inputrc", "terminfo", "fonts", "gitconfig", "matplotlibrc"],
];

/** Where the kernel takes settings of the whole machine: among them which program it starts when another crashes. */
const kernel = ["sys", "fs", "acpi", "scsi", "mtrr", "dynamic_debug", "driver"].map((name) => join("/proc", name));

/** Folders in it of hundreds of files, which are not copied. */
const crowded = ["alternatives", "ssl/certs", "pki/tls/certs", "pki/ca-trust"];

/** Package managers that keep everything below one folder. */
const stores = ["/nix/store", "/gnu/store"];

const isFolder = (name: string): boolean => lookAt(join("/etc", name))?.isDirectory() === true;

/**
 * A copy of what may be read of /etc, made when a daemon first needs one: each mount takes its time, and these would be most of
 * them. Links stay links: they lead into /usr.
 */
export async function copySettings(to: string): Promise<void> {
  const names = [...settings, ...(await readdir("/etc")).filter((name) => /^python\d/.test(name))];
  await mkdir(to, { recursive: true });
  for (const name of names)
    if (realOf(join("/etc", name)) !== undefined)
      await cp(join("/etc", name), join(to, name), {
        recursive: true,
        verbatimSymlinks: true,
        preserveTimestamps: true,
      });
  for (const name of crowded.filter(isFolder)) await mkdir(join(to, name), { recursive: true });
}

/** Arguments for bwrap: the same for every command. `etc` is that copy. */
export function systemArguments(etc: string): string[] {
  return [
    ...["--ro-bind", "/usr", "/usr", "--ro-bind", etc, "/etc"],
    ...crowded.filter(isFolder).flatMap((name) => ["--ro-bind", join("/etc", name), join("/etc", name)]),
    ...folders.flatMap((folder) => {
      const there = lookAt(folder);
      if (there?.isSymbolicLink()) return ["--symlink", readlinkSync(folder), folder];
      return there ? ["--ro-bind", folder, folder] : [];
    }),
    ...stores.flatMap((path) => (lookAt(path) ? ["--ro-bind", path, path] : [])),
    ...["--proc", "/proc", "--dev", "/dev"],
    // They belong to root, who may write them without any privilege. bwrap does the same for others, but finds /proc/sys safe.
    ...(process.getuid?.() === 0 ? kernel : []).flatMap((path) => (lookAt(path) ? ["--ro-bind", path, path] : [])),
  ];
}

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
