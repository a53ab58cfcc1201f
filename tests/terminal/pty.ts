import { spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { fileURLToPath } from "node:url";

/** A person at a terminal: types into the real client and reads what a real terminal would show. */

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

export type Person = AsyncDisposable & {
  pid: number;
  type(text: string): void;
  /** All lines, scrolled away or not, without blanks at their ends. */
  lines(): string[];
  /** Resolves once the screen is so; rejects with what it shows instead when the client ends first. */
  sees(what: string | RegExp | ((lines: string[]) => boolean)): Promise<void>;
  resize(columns: number, rows: number): void;
  /** Bytes that reached the terminal so far. */
  bytes(): string;
  exited: Promise<number>;
};

export type SitOptions = {
  home: string;
  cwd: string;
  user: string;
  args?: string[];
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
};

const readsInTime = 15_000;

export function sit({ home, cwd, user, args = [], columns = 80, rows = 24, env = {} }: SitOptions): Person {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 10_000 });
  const pty = spawn(process.execPath, [main, ...args], {
    cols: columns,
    rows,
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: home, DAIMON_HOME: home, USER: user, TERM: "xterm-256color", ...env },
  });
  const watchers = new Set<() => void>();
  let all = "";
  const changed = () => {
    for (const look of watchers) look();
  };
  pty.onData((data) => {
    all += data;
    terminal.write(data, changed);
  });
  // Its last words count as said before it is gone: the terminal reads what it gets a little later.
  const exited = new Promise<number>((resolve) =>
    pty.onExit(({ exitCode }) => terminal.write("", () => resolve(exitCode))),
  );
  let gone = false;
  void exited.then(() => {
    gone = true;
    changed();
  });

  function lines(): string[] {
    const buffer = terminal.buffer.active;
    const found = Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i)?.translateToString(true) ?? "");
    while (found.at(-1) === "") found.pop();
    return found;
  }

  return {
    pid: pty.pid,
    type: (text) => pty.write(text),
    lines,
    bytes: () => all,
    exited,
    resize(width, height) {
      pty.resize(width, height);
      terminal.resize(width, height);
    },
    sees(what) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const fails = (why: string) =>
        reject(new Error(`${user} ${why} ${String(what)}; the screen:\n${lines().join("\n")}`));
      const timer = setTimeout(() => fails("waited in vain for"), readsInTime);
      const look = () => {
        const now = lines();
        const text = now.join("\n");
        const is =
          typeof what === "function" ? what(now) : typeof what === "string" ? text.includes(what) : what.test(text);
        if (is) resolve();
        else if (gone) fails("left before");
      };
      watchers.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        watchers.delete(look);
      });
    },
    async [Symbol.asyncDispose]() {
      if (!gone) pty.kill("SIGKILL");
      await exited;
      terminal.dispose();
    },
  };
}

/** Somebody in a folder of a house. */
export const at = (place: { home: string; work: string }, user: string, options: Partial<SitOptions> = {}): Person =>
  sit({ home: place.home, cwd: place.work, user, ...options });

/** What stands on the last line, which is where people type. */
export const last = (text: string) => (lines: string[]) => lines.at(-1)?.trimEnd() === text;
