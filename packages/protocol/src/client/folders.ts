import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { DaimonError } from "../errors.ts";

/** Where daimon keeps its files on this machine: what the daemon and its clients must agree on before they can talk. */

export type Home = { readonly config: string; readonly state: string; readonly run: string; readonly base?: string };
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Sockets and lock live beside the state and not in XDG_RUNTIME_DIR: ssh, cron and root do not have that variable, and
 * what lies there goes away at logout, while the daemon stays. Whoever finds the state finds the one daemon that owns it.
 */
export function homeOf(
  env: Environment = process.env,
  platform: string = process.platform,
  user: () => string = homedir,
): Home {
  if (env["DAIMON_HOME"]) {
    const base = resolve(env["DAIMON_HOME"]);
    return { base, config: join(base, "config"), state: join(base, "state"), run: join(base, "run") };
  }
  // A relative path in an XDG variable is to be ignored, says its specification.
  const xdg = (name: string) => (isAbsolute(env[name] ?? "") ? join(env[name] as string, "daimon") : undefined);
  const mac = platform === "darwin" ? join(user(), "Library", "Application Support", "daimon") : undefined;
  const config = xdg("XDG_CONFIG_HOME") ?? (mac ? join(mac, "config") : join(user(), ".config", "daimon"));
  const state = xdg("XDG_STATE_HOME") ?? (mac ? join(mac, "state") : join(user(), ".local", "state", "daimon"));
  return { config, state, run: join(state, "run") };
}

export const fileIn = {
  config: (home: Home) => join(home.config, "config.toml"),
  /** `NAME=value` lines: keys of providers, for this user's eyes alone. */
  keys: (home: Home) => join(home.config, ".env"),
  /** Tokens for daemons of other machines, for this user's eyes alone. */
  hosts: (home: Home) => join(home.config, "hosts.json"),
  /** What every new Python of this user begins with. */
  startup: (home: Home) => join(home.config, "startup.py"),
  /** What providers gave to who signed in with a browser, for this user's eyes alone. */
  signIns: (home: Home) => join(home.config, "signins.json"),
  /** A folder: what the assistant deleted. */
  trash: (home: Home) => join(home.state, "trash"),
  token: (home: Home) => join(home.state, "token"),
  /** Who else may come in: what tokens may do, and their SHA-256. */
  tokens: (home: Home) => join(home.state, "tokens.json"),
  log: (home: Home) => join(home.state, "daemon.log"),
  lock: (home: Home) => join(home.run, "lock.db"),
  pid: (home: Home) => join(home.run, "daemon.pid"),
  socket: (home: Home) => join(home.run, "daimon.sock"),
  /** Names the socket where its own path would be too long. */
  socketPath: (home: Home) => join(home.run, "socket"),
} as const;

/** Node cuts the path of a Unix socket silently at about 107 bytes. */
const longestSocket = 100;
export const fitsSocket = (path: string): boolean => Buffer.byteLength(path) <= longestSocket;

/** The socket to connect to; undefined while no daemon has ever said where it is. */
export function findSocket(home: Home): string | undefined {
  const plain = fileIn.socket(home);
  if (fitsSocket(plain)) return plain;
  let elsewhere: string;
  try {
    elsewhere = readFileSync(fileIn.socketPath(home), "utf8").trim();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  if (elsewhere === "") return undefined; // its daemon is just writing it
  // /tmp is everybody's: a token is shown only to a socket in a folder that nobody else can write.
  if (lstatIfThere(dirname(elsewhere)) === undefined) return undefined;
  checkFolder(dirname(elsewhere));
  return elsewhere;
}

/**
 * Makes a folder for this user alone, and what is missing above it. One by one: Node's own recursive mkdir never returns
 * where a parent exists but takes no folders, as /proc does.
 */
export function makeFolder(path: string): void {
  // A link to nowhere is there too: it is looked at later, and nothing is made behind it.
  if (lstatIfThere(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Somebody else who starts at this moment made it: whose it is, is checked by those who use it.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

/** Refuses a folder that others could have prepared or can look into. */
export function checkFolder(path: string): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink())
    throw refusal(`${path} is a symbolic link; put a real folder there or set DAIMON_HOME to where it points`);
  if (!stats.isDirectory()) throw refusal(`${path} is not a folder; move it away or set DAIMON_HOME to a folder`);
  checkOwner(path, stats);
  if (stats.mode & 0o077)
    throw refusal(`others can reach into ${path} (mode ${modeOf(stats)}); run: chmod 700 '${path}'`);
}

export function checkOwner(path: string, stats: Stats): void {
  const me = process.getuid?.() ?? stats.uid;
  if (stats.uid !== me)
    throw refusal(
      `${path} belongs to another user (uid ${stats.uid}, you are ${me}); set DAIMON_HOME to a folder of your own`,
    );
}

/** The token of this home's daemon. Undefined: there is none yet; the daemon writes it when it starts. */
export function readToken(home: Home): string | undefined {
  const path = fileIn.token(home);
  const token = readSecret(path, another, 200)?.trim();
  if (token !== undefined && !isToken(token)) throw refusal(`${path} holds no token of daimon; ${another}`);
  return token;
}

export const isToken = (text: string): boolean => /^dmn_[\w-]{43}$/.test(text);

/**
 * A file that this user alone may have read and written, as text; undefined where there is none. `mend`: what to do about one
 * that somebody else could have prepared. Longer than `longest` it is nothing of ours.
 */
export function readSecret(path: string, mend: string, longest: number): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (codeOf(error) === "ELOOP") throw refusal(`${path} is a symbolic link; ${mend}`);
    throw error;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw refusal(`${path} is not a file; ${mend}`);
    checkOwner(path, stats);
    if (stats.mode & 0o077) throw refusal(`others may have read ${path} (mode ${modeOf(stats)}); ${mend}`);
    return stats.size > longest ? "" : readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

const another = "stop the daemon, remove it, and the next daemon writes another";
const refusal = (sentence: string) => new DaimonError("forbidden", sentence);
const modeOf = (stats: Stats): string => (stats.mode & 0o777).toString(8);
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
const lstatIfThere = (path: string) => lstatSync(path, { throwIfNoEntry: false });

/** Replaces a small file: whole or not at all, also where the power goes, and never for a moment open to others. */
export function replaceFile(path: string, text: string): void {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  const file = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** Another text whenever the file may have changed. */
export function stateOf(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (error) {
    // Not there, or not to be had: who reads it says so in words.
    return String(codeOf(error));
  }
}
