import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Log } from "../../core/ports.ts";
import type { Driver, Limits } from "../driver.ts";
import type { HostSandbox } from "../host/index.ts";
import { bubblewrap } from "./index.ts";
import { openLimits } from "./limits.ts";

type Ports = {
  bubblewrap: string | undefined;
  host: HostSandbox;
  hidden(): readonly string[];
  folder: string;
  settings(): Limits;
  log: Log;
};

/** Of those before it, some make files outside where a mount point is a link; ours are looked at before, but not by bwrap. */
const careful = [0, 12] as const;

export const bubblewrapDriver = ({ bubblewrap: program, host, hidden, folder, settings, log }: Ports): Driver => ({
  name: "bwrap",
  called: "bubblewrap",
  open: async () => {
    if (program === undefined)
      return { why: "it is not installed; install it (on Debian: apt install bubblewrap) and restart daimon" };
    const [version, gitUser, limiter] = await Promise.all([versionOf(program), userOfGit(), openLimits()]);
    const old = version !== undefined && isOlder(version, careful);
    return {
      spawn: bubblewrap({ program, host, hidden, folder, limiter, limits: settings, gitUser, log }),
      limited: limiter !== undefined,
      warnings: [
        ...(old
          ? [`bubblewrap ${version.join(".")} is older than ${careful.join(".")}, which is safer with links; update it`]
          : []),
        ...(limiter
          ? []
          : ["nothing limits the memory and the processes of a command: no control group may be made here"]),
      ],
    };
  },
});

async function versionOf(program: string): Promise<number[] | undefined> {
  // Whether it runs at all is found by running something in it.
  const asked = promisify(execFile)(program, ["--version"], { env: {}, timeout: 10_000 });
  const { stdout } = await asked.catch(() => ({ stdout: "" }));
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout);
  return found ? found.slice(1).map((part) => Number(part ?? 0)) : undefined;
}

function isOlder(version: readonly number[], than: readonly number[]): boolean {
  const at = than.findIndex((part, index) => part !== (version[index] ?? 0));
  return at >= 0 && (version[at] ?? 0) < (than[at] ?? 0);
}

/** Whom commits are by. Nothing else of the person's git goes into a sandbox: helpers and addresses may hold keys. */
async function userOfGit(): Promise<string> {
  const asked = ["config", "--global", "--null", "--get-regexp", "^user\\.(name|email)$"];
  const { stdout } = await promisify(execFile)("git", asked, { cwd: "/", timeout: 10_000 }).catch(() => ({
    stdout: "",
  }));
  const lines = stdout.split("\0").flatMap((entry) => {
    const [name = "", value = ""] = entry.split("\n");
    return name === "" ? [] : [`\t${name.slice("user.".length)} = ${JSON.stringify(value)}`];
  });
  return lines.length === 0 ? "" : `[user]\n${lines.join("\n")}\n`;
}
