import { fit } from "@daimon/protocol";
import type { Clock, Kernel } from "./ports.ts";

/** What a person wants every new Python of theirs to begin with: a file of their own, never a project's. */
export type Startup = { path: string; code: string };

const atMost = 30_000;
const patience = 2000;
const toldAtMost = 4096;

/**
 * Runs it in a Python that is fresh, before any cell. What it printed and what went wrong is told; Python starts all the
 * same, unless it can only be killed.
 */
export async function runStartup(kernel: Kernel, startup: Startup, clock: Clock): Promise<string | undefined> {
  const { path } = startup;
  let said = "";
  const stops = [
    clock.after(atMost, () => kernel.interrupt()),
    clock.after(atMost + patience, () => kernel.kill(`${path} ran for ${atMost / 1000} s and ignored its interrupt`)),
  ];
  const { ok, error, outcome } = await kernel.exec(
    { id: 0, code: codeOf(startup) },
    {
      output: (_, text) => void (said = (said + text).slice(0, toldAtMost)),
      display: () => {},
      // Nobody has asked for anything yet, so nobody is there to be asked.
      input: () => kernel.answer(null),
    },
  );
  for (const stop of stops) stop();
  if (outcome === "died") throw new Error(`${path}: ${error?.message ?? "it ended Python"}`);
  const why = outcome === "interrupted" ? `it ran for ${atMost / 1000} s and was interrupted` : error?.traceback;
  const told = [said.trim(), ok ? "" : (why ?? "").trim()].filter((part) => part !== "").join("\n");
  return told === "" ? undefined : fit(`${path}:\n${told}`, toldAtMost).text;
}

/** Its errors name its own file and lines. */
const codeOf = ({ path, code }: Startup): string =>
  `exec(compile(${JSON.stringify(code)}, ${JSON.stringify(path)}, "exec"))`;
