// Makes a clone ready to run: the workspace's dependencies by the pinned pnpm and, where the installed
// Node is too old, the pinned Node as node_modules/.bin/node, which npm puts first on the PATH of every
// script; then the boot image of the embedded Python. Runs under any Node >= 18; in a ready clone it only
// compares two stamps. It speaks on stderr only: stdout belongs to the command that follows.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = readFileSync(join(root, "package.json"), "utf8");
const { engines, packageManager } = JSON.parse(manifest);
const wanted = Number(engines.node.match(/\d+/)[0]);
const major = Number(process.versions.node.split(".")[0]);

const run = (command, args) => {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  console.error(
    `daimon: set-up failed at "${command} ${args.join(" ")}"${error ? `: ${error.message}` : ""}; mend what it says and run the same command again`,
  );
  process.exit(status || 1);
};

const bundled = join(root, "tools/node/node_modules/.bin/node");
const link = join(root, "node_modules/.bin/node");
// A Node that lies inside the clone is the one we installed: its presence says nothing about the machine.
const tooOld = process.execPath.startsWith(root) || major < wanted;

const stamp = join(root, "node_modules/.ready");
const key = createHash("sha256")
  .update(manifest)
  .update(readFileSync(join(root, "pnpm-lock.yaml")))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== key) {
  console.error("daimon: setting up (once; about half a minute)");
  run("npx", [
    "--yes",
    packageManager,
    "install",
    "--frozen-lockfile",
    ...(tooOld ? [] : ["--filter", "!./tools/node"]),
  ]);
  if (tooOld) {
    if (!existsSync(bundled)) {
      console.error(
        `daimon: Node ${wanted} or newer is needed (this is ${process.version}); install it from https://nodejs.org`,
      );
      process.exit(1);
    }
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(link), bundled), link);
  }
  writeFileSync(stamp, key);
}
