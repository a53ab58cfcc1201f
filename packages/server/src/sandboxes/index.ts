import { homedir } from "node:os";
import type { Finding, Log, Sandbox, SandboxProfile } from "../core/ports.ts";
import { findings, whyNot } from "./attacks.ts";
import { bubblewrapDriver } from "./bwrap/driver.ts";
import type { Driver, Limits, Opened } from "./driver.ts";
import type { HostSandbox } from "./host/index.ts";
import { shortly } from "./paths.ts";
import { seatbeltDriver } from "./seatbelt/index.ts";

/**
 * The sandbox of this machine. The driver that people want, or the platform's own, is tried when somebody first asks; until it
 * was attacked and held, nothing is confined, and where it does not hold nothing ever is: then commands run as the person, and
 * policy asks about each.
 */
export type SandboxSettings = Limits & {
  driver: "auto" | "bwrap" | "seatbelt" | "none";
  network: readonly string[];
};
export type SandboxPorts = {
  /** The driver that all others are built over. */
  host: HostSandbox;
  /** The program; undefined where it is not installed. */
  bubblewrap: string | undefined;
  /** The daemon's own folders, as they are when a command starts. The first is there in every case. */
  hidden(): readonly [string, ...string[]];
  /** A folder below one of these, for the drivers. */
  folder: string;
  settings(): SandboxSettings;
  log: Log;
};
export function openSandbox(ports: SandboxPorts): Sandbox {
  const { host, hidden, settings, log } = ports;
  // As it was set when the daemon started: what was judged under one driver never runs under another.
  const chosen = settings().driver === "auto" ? usual[process.platform] : settings().driver;
  if (chosen === undefined || chosen === "none") return unconfined(host, chosen === undefined);
  const driver: Driver = chosen === "bwrap" ? bubblewrapDriver(ports) : seatbeltDriver(ports);

  let opened: Opened | undefined;
  let why = "nobody has tried it yet";
  const attempt = async (): Promise<void> => {
    const found = await driver.open().catch((error: unknown) => ({ why: (error as Error).message }));
    const wrong = "why" in found ? found.why : await whyNot(found.spawn, hidden()[0]);
    if (wrong === undefined) opened = found as Opened;
    else why = wrong.replace(/\s+/g, " ");
    if (wrong === undefined) for (const warning of (found as Opened).warnings) log("warn", warning);
    else log("warn", "commands are not confined", { driver: driver.name, why });
  };
  let tried: Promise<void> | undefined;
  const ready = () => (tried ??= attempt());
  const no = () =>
    `no sandbox: ${driver.called} does not work here (${why}); commands run as you, and you are asked about each`;

  return {
    get name() {
      return opened ? driver.name : "none";
    },
    get confines() {
      return opened !== undefined;
    },
    get network() {
      return settings().network;
    },
    ready,
    says: (profile) => (opened ? inWords(driver.called, profile) : host.says(profile)),
    spawn: async (argv, profile, signal) => {
      await ready();
      return opened ? opened.spawn(argv, profile, signal) : host.spawn(argv, profile, signal);
    },
    close: host.close,
    report: async () => {
      await ready();
      const { network, memory, pids } = settings();
      if (!opened) return { driver: driver.name, confines: false, says: no(), warnings: [], network };
      return {
        driver: driver.name,
        confines: true,
        says: `${driver.called}: commands write in their session's folders only, and see nothing of daimon's`,
        warnings: opened.warnings,
        network,
        ...(opened.limited ? { limits: { memory, pids } } : {}),
      };
    },
    test: async (): Promise<readonly Finding[]> => {
      await ready();
      return opened ? findings(opened.spawn, hidden()[0]) : [{ name: "sandbox", ok: false, says: no() }];
    },
  };
}

const usual: Partial<Record<NodeJS.Platform, "bwrap" | "seatbelt">> = { linux: "bwrap", darwin: "seatbelt" };

/** Loud, whether somebody wanted it so or there is no other. */
function unconfined(host: Sandbox, none: boolean): Sandbox {
  const says = none
    ? "no sandbox: there is none for this system; commands run as you, and you are asked about each"
    : "no sandbox: config.toml says so; commands run as you, and you are asked about each";
  return { ...host, report: async () => ({ ...(await host.report()), says }) };
}

function inWords(called: string, { writable, network }: SandboxProfile): string {
  const home = homedir();
  const folders = writable.map((folder) => shortly(folder, home)).join(", ");
  const writes = folders === "" ? "writes nowhere" : `writes in ${folders} only`;
  return `${called}: ${writes}, ${network.length === 0 ? "no network" : `network to ${network.join(", ")}`}`;
}
