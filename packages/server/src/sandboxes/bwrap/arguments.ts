import { basename, join } from "node:path";
import { isInside } from "../paths.ts";
import type { Mount, Plan } from "./mounts.ts";

/** What is written into memory and never to a disk: of one command, in /tmp and its home folder each. */
const scratch = String(1 << 30);

/**
 * The hardened profile. Everything goes to bwrap by a pipe: what stands on its command line, the environment included, could be
 * read by everybody on the machine.
 */
const hardened = [
  ...["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"],
  ...["--cap-drop", "ALL", "--clearenv"],
];

type Wanted = {
  plan: Plan;
  env: Record<string, string>;
  home: string;
  /** Stand for files of the home folder: an empty one, and what git may know of the person. */
  blank: string;
  gitconfig: string;
  more: readonly string[];
};

export function argumentsFor(system: readonly string[], { plan, env, home, blank, gitconfig, more }: Wanted): string[] {
  const { mounts } = plan;
  // In a root there is a home folder already, in which nothing may be made.
  const inRoot = (path: string) => mounts.some(({ at }) => isInside(path, at));
  const homes = [...new Set([home, env["HOME"] ?? home])].filter((path) => mayBeHome(path) && !inRoot(path));
  return [
    ...hardened,
    // Wherever theirs lies, in there it is not.
    ...Object.entries({ ...env, ...("TMPDIR" in env ? { TMPDIR: "/tmp" } : {}) }).flatMap(([name, value]) => [
      "--setenv",
      name,
      value,
    ]),
    ...system,
    ...["--size", scratch, "--tmpfs", "/tmp", "--symlink", "/tmp", "/var/tmp", "--dir", "/run"],
    ...homes.flatMap((path) => [
      ...(isInside(path, "/tmp") ? ["--dir", path] : ["--size", scratch, "--tmpfs", path]),
      ...["--ro-bind", gitconfig, join(path, ".gitconfig")],
    ]),
    ...mounts.flatMap((mount) => mounted(mount, basename(mount.at) === ".gitconfig" ? gitconfig : blank)),
    ...more,
    ...mounts.flatMap(({ at, is }) => (is === "empty" ? ["--remount-ro", at] : [])),
    ...["--remount-ro", "/", "--chdir", plan.cwd],
  ];
}

function mounted({ at, from = at, is }: Mount, blank: string): string[] {
  switch (is) {
    case "write":
      return ["--bind", from, at];
    case "read":
      return ["--ro-bind", from, at];
    case "blank":
      return ["--ro-bind", blank, at];
    case "empty":
      return ["--size", "4096", "--tmpfs", at];
  }
}

/** In a container it may be anything. */
const mayBeHome = (path: string): boolean =>
  path.startsWith("/") &&
  join(path) !== "/" &&
  !["/usr", "/etc", "/proc", "/dev", "/sys"].some((one) => isInside(path, one));

/** As bwrap reads them from a pipe. A zero would end an argument early. */
export const asWords = (argv: readonly string[]): string | undefined =>
  argv.some((word) => word.includes("\0")) ? undefined : argv.map((word) => `${word}\0`).join("");
