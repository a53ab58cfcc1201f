import { isInside, realOf } from "../paths.ts";
import { protectedIn } from "../protected.ts";

/**
 * The policy for macOS, in the language of sandbox-exec: of several rules that speak of a thing, the last one holds. NOT VERIFIED:
 * it was written by the documents, and read by nobody's Mac yet. The driver attacks it before it is believed, as any other.
 */
export function policyFor(wanted: {
  writable: readonly string[];
  readable: readonly string[];
  hidden: readonly string[];
}): string {
  const hidden = real(wanted.hidden);
  const roots = real(wanted.writable);
  const kept = roots.map((root) => protectedIn(root, hidden));
  const frozen = kept.flatMap(({ mounts }) => mounts.filter(({ is }) => is === "read").map(({ at }) => at));
  const held = kept.flatMap(({ mounts }) => mounts.filter(({ is }) => is === "write").map(({ at }) => at));
  const lines = [
    "(version 1)",
    "(deny default)",
    '(import "system.sb")',
    "(allow process-exec process-fork)",
    "(allow signal (target same-sandbox))",
    "(allow process-info* (target same-sandbox))",
    "(allow sysctl-read file-read-metadata)",
    "(allow pseudo-tty)",
    `(allow file-read* ${subpaths([...system, ...real(wanted.readable)])})`,
    `(allow file-read* file-write* ${subpaths([...scratch, ...roots])})`,
    '(allow file-write* (literal "/dev/null") (literal "/dev/tty"))',
    ...(frozen.length > 0 ? [`(deny file-write* ${subpaths(frozen)})`] : []),
    // A folder that may not be renamed keeps what is protected in it where it is.
    ...(held.length > 0 ? [`(deny file-write-unlink ${literals(held)})`] : []),
    ...hidden.flatMap((folder) => [
      `(deny file-read* file-write* ${subpaths([folder])})`,
      ...roots
        .filter((root) => isInside(folder, root))
        .map((root) => `(deny file-write-unlink ${literals(wayTo(root, folder))})`),
    ]),
    "(deny network*)",
  ];
  return `${lines.join("\n")}\n`;
}

const system = [
  ...["/System", "/usr", "/bin", "/sbin", "/Library/Developer", "/Library/Frameworks", "/Applications/Xcode.app"],
  ...["/opt/homebrew", "/private/etc/ssl", "/private/etc/localtime", "/private/var/db/timezone", "/private/var/select"],
];
const scratch = ["/private/tmp"];

const real = (paths: readonly string[]): string[] => paths.flatMap((path) => realOf(path) ?? []);
const subpaths = (paths: readonly string[]): string => paths.map((path) => `(subpath ${quoted(path)})`).join(" ");
const literals = (paths: readonly string[]): string => paths.map((path) => `(literal ${quoted(path)})`).join(" ");
const quoted = (path: string): string => `"${path.replace(/[\\"]/g, "\\$&")}"`;

/** The folders from a root down to what is hidden in it, itself the last. */
function wayTo(root: string, folder: string): string[] {
  const names = folder.slice(root.length).split("/").filter(Boolean);
  return names.map((_, at) => [root, ...names.slice(0, at + 1)].join("/"));
}
