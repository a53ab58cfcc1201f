import { spawn } from "@lydell/node-pty";
import { node } from "./processes.ts";

/** A command in a terminal: how long until it has written some words, or ended. */
export function untilShown(
  args: readonly string[],
  words: string | undefined,
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let text = "";
    let took: number | undefined;
    const terminal = spawn(node, [...args], { cwd, env: { ...env, TERM: "xterm-256color" }, cols: 100, rows: 30 });
    terminal.onData((data) => {
      text += data;
      if (took !== undefined || words === undefined || !text.includes(words)) return;
      took = performance.now() - start;
      // In order, as people leave: what it compiled is kept for the next.
      terminal.kill("SIGTERM");
    });
    terminal.onExit(() => {
      const lasted = performance.now() - start;
      if (words === undefined) resolve(lasted);
      else if (took !== undefined) resolve(took);
      else reject(new Error(`${args.join(" ")} ended without ${JSON.stringify(words)}: ${JSON.stringify(text)}`));
    });
  });
}
