import { existsSync } from "node:fs";

/** The interpreter that tests run: Debian's, with the packages that people use it for. */
const debians = "/usr/bin/python3";

/** Undefined where a person's machine has none: what needs it is left out there, and never where all has to be proven. */
export function python(): string | undefined {
  if (existsSync(debians)) return debians;
  if (process.env["CI"]) throw new Error(`there is no ${debians}; .ci/run installs it`);
  process.stderr.write(`without ${debians} nothing is tested that needs a Python of this machine\n`);
  return undefined;
}
