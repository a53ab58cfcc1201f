// Makes a clone ready to run: the workspace's dependencies by the pinned pnpm and, where the installed
// Node is too old, the pinned Node as node_modules/.bin/node, which npm puts first on the PATH of every
// script; then the boot image of the embedded Python. Runs under any Node >= 18; in a ready clone it only
// compares two stamps. It speaks on stderr only: stdout belongs to the command that follows.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path) => readFileSync(path, "utf8");
const manifest = read(join(root, "package.json"));
const { engines, packageManager } = JSON.parse(manifest);
const wanted = Number(engines.node.match(/\d+/)[0]);
const major = Number(process.versions.node.split(".")[0]);

const bundled = join(root, "tools/node/node_modules/.bin/node");
const link = join(root, "node_modules/.bin/node");
// A Node that lies inside the clone is the one we installed: its presence says nothing about the machine.
const tooOld = process.execPath.startsWith(root) || major < wanted;

const installed = stamp("node_modules/.ready", manifest, read(join(root, "pnpm-lock.yaml")));
if (!installed.isCurrent() || (tooOld && !existsSync(link))) {
  console.error("daimon: setting up (once; about half a minute)");
  const filter = tooOld ? [] : ["--filter", "!./tools/node"];
  run("npx", ["--yes", packageManager, "install", "--frozen-lockfile", ...filter]);
  if (tooOld) linkBundledNode();
  installed.write();
}

// What the boot image is made of; the script looks closer, and leaves at once when its image is current.
const helpers = join(root, "packages/server/src/runtimes/python");
const sources = readdirSync(helpers, { recursive: true }).filter((name) => name.endsWith(".py"));
const runner = existsSync(link) ? link : process.execPath;
const ingredients = [
  runner === link ? "bundled" : process.version,
  ...sources.map((name) => read(join(helpers, name))),
];
const imaged = stamp("node_modules/.cache/daimon/ready", manifest, ...ingredients);
if (!imaged.isCurrent()) {
  const args = [join(root, "scripts/boot-image.ts")];
  const { status } = spawnSync(runner, args, { cwd: root, stdio: ["ignore", 2, 2], timeout: 120_000 });
  if (status !== 0) console.error("daimon: no boot image of Python could be made: it will start slowly the first time");
  imaged.write();
}

function linkBundledNode() {
  // It may be there and still not run: a Linux without glibc.
  if (spawnSync(bundled, ["--version"]).status !== 0) {
    const advice = `Node ${wanted} or newer is needed (this is ${process.version}); install it from https://nodejs.org`;
    console.error(`daimon: ${advice}`);
    process.exit(1);
  }
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), bundled), link);
}

function stamp(path, ...contents) {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  const key = hash.digest("hex");
  const file = join(root, path);
  const write = () => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, key);
  };
  return { isCurrent: () => existsSync(file) && read(file) === key, write };
}

function run(command, args) {
  const shell = process.platform === "win32";
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell });
  if (status === 0) return;
  const what = `"${command} ${args.join(" ")}"${error ? `: ${error.message}` : ""}`;
  console.error(`daimon: set-up failed at ${what}; mend what it says and run the same command again`);
  process.exit(status || 1);
}
