import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Finding } from "../core/ports.ts";
import type { Spawn } from "./driver.ts";

/** A sandbox is believed when it was attacked and held: on this machine, by this user, with the very profile that commands get. */

/** A script that ends with 0 where it got through. Its words: a folder it may write, one it may not, a folder of the daemon's. */
type Attack = { name: string; held: string; got: string; script: string };

const attacks: readonly Attack[] = [
  {
    name: "write elsewhere",
    held: "a command writes in its own folders only",
    got: "a command wrote outside of its own folders",
    script: `echo x >"$2/planted"`,
  },
  {
    name: "read elsewhere",
    held: "other files cannot be read",
    got: "a command read a file that is none of its business",
    script: `read -r line <"$2/secret"`,
  },
  {
    name: "daemon's folders",
    held: "the daemon's folders, with its token and its socket, are not there",
    got: "a command sees the daemon's folders, and could approve itself",
    script: `[ -e "$3" ]`,
  },
  {
    name: "network",
    held: "there is no network but its own loopback",
    got: "a command reaches the network",
    script: `while IFS=: read -r name rest; do case $name in *"|"* | *" lo" | lo) ;; *) exit 0 ;; esac; done </proc/net/dev; exit 1`,
  },
  {
    name: "other processes",
    held: "other processes are not there, so none can be read or signalled",
    got: "a command sees the processes of the machine",
    script: `set -- /proc/[0-9]*; [ $# -gt 8 ]`,
  },
  {
    name: "kernel settings",
    held: "settings of the machine cannot be written",
    got: "a command can change settings of the machine, and so what the kernel starts outside",
    script: `[ -w /proc/sys/kernel/core_pattern ] || [ -w /proc/sys/kernel/panic ] || [ -w /proc/sysrq-trigger ]`,
  },
  {
    name: "git hooks",
    held: "what git would run outside cannot be written",
    got: "a command can write hooks that git runs outside",
    script: `echo x >"$1/.git/hooks/pre-commit" || mv "$1/.git" "$1/.other"`,
  },
  {
    name: "privileges",
    held: "it has no privilege, and can get none",
    got: "a command has privileges, or can get some",
    script: `while read -r name value; do case $name in CapEff: | CapBnd:) [ "$value" = 0000000000000000 ] || exit 0 ;; NoNewPrivs:) [ "$value" = 1 ] || exit 0 ;; esac; done </proc/self/status; exit 1`,
  },
];

const patience = 20_000;

/** All at once, in one command; undefined where everything held. */
export async function whyNot(spawn: Spawn, daemons: string): Promise<string | undefined> {
  const all = attacks.map(({ script }, at) => `if (${script}) 2>/dev/null; then exit ${100 + at}; fi`).join("\n");
  return inWorld(async (run) => {
    const { code, said } = await run(`echo in >"$1/own" || exit 99\n${all}`, daemons);
    if (code === 0) return undefined;
    const through = attacks[Number(code) - 100];
    if (through) return through.got;
    return said.trim() || `a command in it ended with status ${code}`;
  }, spawn);
}

/** One by one, for people. */
export const findings = (spawn: Spawn, daemons: string): Promise<Finding[]> =>
  inWorld(async (run) => {
    const found: Finding[] = [];
    for (const { name, held, got, script } of attacks) {
      const { code, said } = await run(`if (${script}) 2>/dev/null; then exit 100; fi`, daemons);
      const says = code === 0 ? held : code === 100 ? got : `nobody knows: ${said.trim() || `status ${code}`}`;
      found.push({ name, ok: code === 0, says });
    }
    return found;
  }, spawn);

type Run = (script: string, daemons: string) => Promise<{ code: number | null; said: string }>;

async function inWorld<T>(what: (run: Run) => Promise<T>, spawn: Spawn): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "daimon-sandbox-"));
  const [own, other] = [join(folder, "own"), join(folder, "other")];
  await mkdir(join(own, ".git", "hooks"), { recursive: true });
  await mkdir(other);
  await writeFile(join(other, "secret"), "secret\n");
  const run: Run = async (script, daemons) => {
    const env = { PATH: "/usr/bin:/bin" };
    const profile = { cwd: own, env, network: [], writable: [own], label: "sandbox test" };
    try {
      const argv = ["/bin/sh", "-c", script, "test", own, other, daemons];
      const child = await spawn(argv, profile, AbortSignal.timeout(patience));
      child.stdin?.end();
      const [said, , { code }] = await Promise.all([text(child.stderr), text(child.stdout), child.exited]);
      if (existsSync(join(other, "planted"))) return { code: 100, said };
      return { code, said };
    } catch (error) {
      return { code: null, said: (error as Error).message };
    }
  };
  try {
    return await what(run);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
