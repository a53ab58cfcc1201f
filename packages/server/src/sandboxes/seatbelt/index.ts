import { DaimonError } from "@daimon/protocol";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter } from "node:path";
import type { Log } from "../../core/ports.ts";
import type { Driver } from "../driver.ts";
import type { HostSandbox } from "../host/index.ts";
import { isInside, realOf } from "../paths.ts";
import { guard } from "../planted.ts";
import { protectedIn } from "../protected.ts";
import { policyFor } from "./profile.ts";

/** sandbox-exec of macOS. NOT VERIFIED: nobody has run it on a Mac yet; the attacks decide there whether it is believed. */
const program = "/usr/bin/sandbox-exec";

type Ports = { host: HostSandbox; hidden(): readonly string[]; log: Log };

export const seatbeltDriver = ({ host, hidden, log }: Ports): Driver => ({
  name: "seatbelt",
  called: "seatbelt",
  open: async () => {
    if (!existsSync(program)) return { why: `there is no ${program}` };
    return {
      limited: false,
      warnings: [
        "seatbelt was never verified by those who wrote daimon",
        "nothing limits the memory and the processes of a command",
        "sandbox.network is not there yet: a command that asks for hosts reaches none",
      ],
      spawn: async (argv, profile, signal) => {
        const unseen = [...hidden(), ...(profile.hidden ?? [])].flatMap((folder) => realOf(folder) ?? []);
        const roots = profile.writable.flatMap((root) => realOf(root) ?? []);
        const bad = roots.find((root) => tooMuch(root, unseen));
        if (bad !== undefined)
          throw new DaimonError("unsupported", `nothing can be confined to ${bad}; work in a folder of your own`);
        const tools = (profile.env["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
        const policy = policyFor({
          writable: roots,
          readable: [
            ...(profile.readable ?? []),
            ...tools,
            profile.cwd,
            ...argv.slice(0, 1).filter((one) => one.startsWith("/")),
          ],
          hidden: unseen,
        });
        const notes: string[] = [];
        const unguard = guard(
          roots.flatMap((root) => protectedIn(root, unseen).guarded),
          (note) => {
            notes.push(note);
            log("warn", note, { label: profile.label });
          },
        );
        const child = await host.spawn([program, "-p", policy, ...argv], profile, signal);
        return {
          ...child,
          exited: child.exited.then(async (exit) => {
            await unguard();
            return notes.length > 0 ? { ...exit, notes } : exit;
          }),
        };
      },
    };
  },
});

/** What holds the home folder with its keys, or the system; and what is the daemon's own. */
const tooMuch = (root: string, unseen: readonly string[]): boolean =>
  ["/System", homedir()].some((folder) => isInside(folder, root)) || unseen.some((folder) => isInside(root, folder));
