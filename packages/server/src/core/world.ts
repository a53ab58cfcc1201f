import type { Redact } from "./audit.ts";
import type { Budget } from "./budget.ts";
import type { Journal } from "./journal.ts";
import type {
  Blobs,
  Catalogue,
  Ceilings,
  Clock,
  Files,
  Guard,
  Instructions,
  Log,
  NewId,
  Provider,
  Rules,
  Runtime,
  Sandbox,
  Scans,
  Store,
  Tool,
  Trust,
} from "./ports.ts";
import type { Settings } from "./profiles.ts";
import type { Startup } from "./startup.ts";

/** What a hub is made with. */
export type HubPorts = {
  store: Store;
  blobs: Blobs;
  clock: Clock;
  log: Log;
  /** Hides what must be read nowhere, as keys. */
  redact: Redact;
  newId: NewId;
  /** Who this daemon is among the owners of sessions. */
  holder: string;
  providers(): readonly Provider[];
  runtimes: readonly Runtime[];
  sandbox: Sandbox;
  /** What every new Python begins with. */
  startup(): Promise<Startup | undefined>;
  catalogue: Catalogue;
  tools: readonly Tool[];
  /** Folders of the daemon's own, that no tool may look into. */
  hidden: readonly string[];
  /** Where what the assistant deletes is kept. */
  trash: string;
  guard: Guard;
  rules: Rules;
  /** The home folder of the person whose daemon this is. */
  home: string;
  instructions: Instructions;
  trust: Trust;
  ceilings: Ceilings;
  /** What is wrong with a tool's input, in a sentence that a model can mend. */
  check(tool: Tool, input: unknown): string | undefined;
  files: Files;
  scans: Scans;
  settings(): Settings;
  /** Told of moves that cannot be: tests throw, the daemon logs. */
  impossible?(what: string): void;
};

/** What every session of a daemon shares. */
export type World = Omit<HubPorts, "newId" | "tools" | "runtimes" | "impossible"> & {
  journal: Journal;
  budget: Budget;
  tools: ReadonlyMap<string, Tool>;
  runtimes: ReadonlyMap<string, Runtime>;
  impossible(what: string): void;
  /** Makes room for one more live Python, or says why there is none. */
  roomForPython(): string | undefined;
};
