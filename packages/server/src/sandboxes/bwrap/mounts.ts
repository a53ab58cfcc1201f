import { DaimonError } from "@daimon/protocol";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { SandboxProfile } from "../../core/ports.ts";
import { between, isInside, lookAt, realOf } from "../paths.ts";
import { protectedIn } from "../protected.ts";

/**
 * What a command sees of the machine beside the system. `write` stands too at a folder inside of one that may be written anyway:
 * nothing that is a mount point can be renamed, so what lies protected or hidden below it cannot be moved aside.
 */
export type Mount = { at: string; from?: string; is: "write" | "read" | "empty" | "blank" };
export type Plan = {
  /** Outer ones first: what comes later lies over what came before. */
  mounts: readonly Mount[];
  /** What no mount can protect, since it is not there or not what it should be: looked at again afterwards. */
  guarded: readonly string[];
  cwd: string;
};
type Surroundings = { hidden: readonly string[]; home: string | undefined; toolchains: readonly string[] };

/** Nobody can be confined to what holds these. */
const machine = ["/usr", "/etc", "/proc", "/dev", "/sys", "/bin", "/lib"];
const kernels = ["/proc", "/dev", "/sys"];

export function planOf(profile: SandboxProfile, { hidden, home, toolchains }: Surroundings): Plan {
  const unseen = [...new Set([...hidden, ...(profile.hidden ?? [])].flatMap((folder) => realOf(folder) ?? []))];
  const cwd = realOf(profile.cwd);
  if (cwd === undefined)
    throw new DaimonError("not_found", `the folder ${profile.cwd} is not there; choose another one to work in`);
  const roots = [...new Set(profile.writable.flatMap((root) => realOf(root) ?? []))];
  for (const root of roots) mayBeRoot(root, unseen);

  const plan = new Map<string, Mount>();
  const put = (mount: Mount) => plan.set(mount.at, mount);
  const found = toolchains.filter((path) => !unseen.some((folder) => isInside(path, folder)));
  const beside = unseen.some((folder) => isInside(cwd, folder)) ? [] : [cwd];
  for (const path of [...found, ...(profile.readable ?? []), ...beside])
    for (const mount of readableAt(path)) if (!roots.some((root) => isInside(mount.at, root))) put(mount);
  // In a folder that is seen anyway, a link is seen as what it is.
  const seen = [...plan.keys()];
  for (const { at, from } of [...plan.values()])
    if (from !== undefined && seen.some((folder) => folder !== at && isInside(at, folder))) plan.delete(at);
  for (const root of roots) put({ at: root, is: "write" });
  const homes = [realOf(home ?? "/") ?? "/"].filter(
    (path) => path !== "/" && roots.some((root) => isInside(path, root)),
  );
  for (const mount of homes.flatMap(settingsIn)) if (!roots.includes(mount.at)) put(mount);
  const protections = roots.map((root) => protectedIn(root, unseen));
  const kept = protections.flatMap(({ mounts }) => mounts);
  // What is read only is so whoever else names it.
  for (const mount of kept) if (mount.is === "read" || !plan.has(mount.at)) put(mount);
  for (const folder of unseen) for (const mount of coverOf(folder, roots, plan)) put(mount);
  return {
    mounts: [...plan.values()].toSorted((a, b) => depthOf(a.at) - depthOf(b.at)),
    guarded: [...new Set([...homes.flatMap(startersIn), ...protections.flatMap(({ guarded }) => guarded)])],
    cwd,
  };
}

const depthOf = (path: string): number => (path === "/" ? 0 : path.split("/").length);

function mayBeRoot(root: string, unseen: readonly string[]): void {
  if (machine.some((folder) => isInside(folder, root)) || kernels.some((folder) => isInside(root, folder)))
    throw new DaimonError(
      "unsupported",
      `nothing can be confined to ${root}, which holds the system itself; work in a folder of your own`,
    );
  const ours = unseen.find((folder) => isInside(root, folder));
  if (ours !== undefined)
    throw new DaimonError("forbidden", `${root} belongs to daimon itself (${ours}); work in another folder`);
}

/** By its real path, and by the one it was named with where that leads there by a link. What the system shows is there already. */
function readableAt(path: string): Mount[] {
  const real = realOf(path);
  if (real === undefined || machine.some((folder) => isInside(real, folder) || isInside(folder, real))) return [];
  const linked = path !== real && !machine.some((folder) => isInside(path, folder));
  return [{ at: real, is: "read" }, ...(linked ? [{ at: path, from: real, is: "read" as const }] : [])];
}

/** Where a root is or holds the home folder: what programs read there at their start, with their keys, is no part of any work. */
function settingsIn(home: string): Mount[] {
  const names = readdirSync(home).filter((name) => name.startsWith(".") && name !== ".git" && name !== ".daimon");
  return names.flatMap((name): Mount[] => {
    const at = join(home, name);
    const there = lookAt(at);
    if (there?.isDirectory()) return [{ at, is: "empty" }];
    return there?.isFile() ? [{ at, is: "blank" }] : [];
  });
}

/** What runs, or chooses what runs, when the person logs in or opens a shell. */
const starters = [
  ...[".profile", ".bash_profile", ".bash_login", ".bashrc", ".bash_logout", ".bash_aliases", ".inputrc", ".tmux.conf"],
  ...[
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".zlogin",
    ".zlogout",
    ".xprofile",
    ".xsession",
    ".xinitrc",
    ".pam_environment",
  ],
  ...[".ssh", ".config", ".local", ".gitconfig", ".npmrc", ".pythonrc", ".vimrc", ".emacs", ".emacs.d", ".vim"],
];
const startersIn = (home: string): string[] => {
  const paths = starters.map((name) => join(home, name));
  // What is there lies under a mount, unless it is a link.
  return paths.filter((path) => !lookAt(path)?.isDirectory() && !lookAt(path)?.isFile());
};

/** An empty folder over it, and every folder on the way held in its place. */
function coverOf(folder: string, roots: readonly string[], plan: ReadonlyMap<string, Mount>): Mount[] {
  const holders = [...plan.values()].filter(({ at }) => isInside(folder, at));
  const nearest = holders.toSorted((a, b) => depthOf(b.at) - depthOf(a.at))[0];
  if (nearest === undefined || nearest.is === "empty") return [];
  const pinned = roots.some((root) => isInside(folder, root)) ? between(nearest.at, folder) : [];
  return [...pinned.map((at): Mount => ({ at, is: "write" })), { at: folder, is: "empty" }];
}
