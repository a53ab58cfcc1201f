import type { Budget } from "./budget.ts";
import type { Journal } from "./journal.ts";
import type {
  Blobs,
  Catalogue,
  Ceilings,
  Clock,
  Guard,
  Instructions,
  Log,
  Provider,
  Rules,
  Runtime,
  Sandbox,
  Store,
  Tool,
  Trust,
} from "./ports.ts";
import type { Settings } from "./profiles.ts";
import type { Startup } from "./startup.ts";

/** What every session of a daemon shares. */
export type World = {
  store: Store;
  blobs: Blobs;
  journal: Journal;
  clock: Clock;
  log: Log;
  holder: string;
  sandbox: Sandbox;
  startup(): Promise<Startup | undefined>;
  settings(): Settings;
  budget: Budget;
  catalogue: Catalogue;
  tools: ReadonlyMap<string, Tool>;
  /** Folders of the daemon's own, that no tool may look into. */
  hidden: readonly string[];
  /** Where what the assistant deletes is kept. */
  trash: string;
  guard: Guard;
  rules: Rules;
  /** The home folder of the person whose daemon this is. */
  home: string;
  providers(): readonly Provider[];
  runtimes: ReadonlyMap<string, Runtime>;
  instructions: Instructions;
  trust: Trust;
  ceilings: Ceilings;
  check(tool: Tool, input: unknown): string | undefined;
  impossible(what: string): void;
  /** Makes room for one more live Python, or says why there is none. */
  roomForPython(): string | undefined;
};
