import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { hasSandbox } from "../conformance/sandboxes.ts";

type Probed = { confines: boolean; limited: boolean; none: Record<string, boolean>; confined: Record<string, boolean> };

const root = process.getuid?.() === 0;
const nobody = 65_534;
/** What only control groups hold: where nobody may make any, the report says so. */
const bounded = ["400 MB of memory", "150 processes"];
/** What only root can do at all. */
const roots = ["a setting of the machine"];

describe.runIf(await hasSandbox())("a command in the sandbox", () => {
  test.each(root ? [0, nobody] : [process.getuid?.() ?? 0])(
    "that user %i runs, gets nothing it is not to have",
    async (user) => {
      const script = join(import.meta.dirname, "probing.child.ts");
      const { stdout } = await promisify(execFile)(process.execPath, [script, String(user)], {
        env: { PATH: process.env["PATH"] },
      });
      const { confines, limited, none, confined } = JSON.parse(stdout) as Probed;
      expect(confines).toBe(true);
      // Each gets through where nothing holds it.
      for (const [name, through] of Object.entries(none))
        expect([name, through]).toEqual([name, user === 0 || !roots.includes(name)]);
      const got = Object.keys(confined).filter((name) => confined[name]);
      expect(got).toEqual(limited ? [] : bounded);
      if (user === 0 && process.env["CI"]) expect(limited).toBe(true);
    },
    60_000,
  );
});
