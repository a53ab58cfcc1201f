import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { sandboxFor } from "../conformance/sandboxes.ts";
import { orphanIn, probes } from "./probes.ts";

/**
 * A daemon of its own, as it were, with all that a command could be after: run as the user that is named, it attacks itself by
 * each probe, with and without a sandbox, and prints which got through.
 */
const user = Number(process.argv[2]);
if (process.getuid?.() !== user) {
  process.setgroups?.([]);
  process.setgid?.(user);
  process.setuid?.(user);
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), "daimon-probe-")));
const [home, project, outside] = ["home", "project", "outside"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
for (const one of [join(home, "state"), join(home, "run"), outside, join(project, ".git", "hooks")])
  mkdirSync(one, { recursive: true, mode: 0o700 });
writeFileSync(join(home, "state", "token"), "hunter2\n");
writeFileSync(join(outside, "secret"), "hunter2\n");

const socket = join(home, "run", "d.sock");
const greet = () => createServer((stream) => stream.on("error", () => undefined).end("HI\n"));
const [local, tcp] = [greet().listen(socket), greet().listen(0, "127.0.0.1")];
await Promise.all([local, tcp].map((server) => new Promise((listening) => server.once("listening", listening))));
const { port } = tcp.address() as { port: number };
// Another process of the same person; this one itself may not be looked into any more, since it changed its user.
const other = spawn("/bin/sleep", ["1000"], { env: { SECRET: "hunter2" }, stdio: "ignore" });

const limits = { memory: 200, pids: 64 };
const sandboxes = {
  none: hostSandbox({ children: join(home, "run", "children") }),
  confined: sandboxFor(home, limits),
};
const { limits: limited, confines } = await sandboxes.confined.report();
const results: Record<string, Record<string, boolean>> = { none: {}, confined: {} };
const aims = { home, project, outside, socket, port, pid: other.pid as number };

for (const [driver, sandbox] of Object.entries(sandboxes))
  for (const [name, script] of Object.entries(probes(aims))) {
    const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", HOME: folder };
    const profile = { cwd: project, env, network: [], writable: [project], label: "probe" };
    const child = await sandbox.spawn(["/bin/bash", "-c", script], profile, AbortSignal.timeout(20_000));
    child.stdin?.end();
    const [said, , { code }] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
    results[driver]![name] = name === "an orphan" ? orphanIn(said) : code === 0;
    rmSync(join(project, ".git", "hooks", "pre-commit"), { force: true });
  }

await Promise.all(Object.values(sandboxes).map((sandbox) => sandbox.close()));
other.kill("SIGKILL");
local.close();
tcp.close();
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify({ confines, limited: limited !== undefined, ...results }));
