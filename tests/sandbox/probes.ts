import { readdirSync, readFileSync } from "node:fs";

type Aims = { home: string; project: string; outside: string; socket: string; port: number; pid: number };

/** What a command could be after. Each script ends with 0 where it got what it wanted. */
export const probes = ({ home, outside, socket, port, pid }: Aims): Record<string, string> => ({
  "a write elsewhere": `echo x >'${outside}/planted'`,
  "a secret file": `grep -q hunter2 '${outside}/secret'`,
  "the daemon's token": `grep -q hunter2 '${home}/state/token'`,
  "another's environment": `tr '\\0' '\\n' </proc/${pid}/environ | grep -q hunter2`,
  "a local port": `exec 5<>/dev/tcp/127.0.0.1/${port} && read -r line <&5 && [ "$line" = HI ]`,
  "the daemon's socket": `/usr/bin/python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect('${socket}'); assert s.recv(2)"`,
  "a signal to another": `kill -0 ${pid}`,
  "a git hook": `echo x >.git/hooks/pre-commit`,
  "a look at others": `set -- /proc/[0-9]*; [ $# -gt 15 ]`,
  "400 MB of memory": `dd if=/dev/zero of=/dev/null bs=400M count=1`,
  "150 processes": `exec /bin/sh -c 'i=0; while [ $i -lt 150 ]; do sleep 100 >/dev/null 2>&1 & i=$((i+1)); done'`,
  "a user namespace of its own": `unshare -U true`,
  "a setting of the machine": `[ -w /proc/sys/kernel/core_pattern ]`,
  // It takes away the mark by which we find it, and leaves its group and session.
  "an orphan": `setsid env -i ${orphan} >/dev/null 2>&1 & for i in $(seq 100); do sleep 0.02; kill -0 $! && break; done; echo started`,
});

const orphan = `/bin/sleep 86399.${process.pid}`;

/** Whether it still runs, after the command that left it has ended; it is ended here. */
export function orphanIn(said: string): boolean {
  if (!said.includes("started")) throw new Error("it never began");
  const words = orphan.replaceAll(" ", "\0");
  const left = readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").startsWith(words);
    } catch {
      return false; // it is gone
    }
  });
  for (const pid of left) process.kill(Number(pid), "SIGKILL");
  return left.length > 0;
}
