import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { house } from "../cli/daimon.ts";
import { at, last } from "./pty.ts";

test("who comes to a project with an AGENTS.md is told once that it is not read, and /trust changes that for good", async () => {
  await using place = await house();
  await writeFile(join(place.work, "AGENTS.md"), "Be brief.");
  const wide = { columns: 200 };
  await using mia = at(place, "mia", wide);
  const told = `AGENTS.md in ${place.work}: the assistant does not read it until you trust this project: /trust`;
  await mia.sees(told);
  mia.type("/trust\r");
  await mia.sees(`${place.work} is trusted; the assistant reads AGENTS.md from its next turn on`);
  expect(readFileSync(join(place.home, "state/trusted"), "utf8")).toBe(`${JSON.stringify(place.work)}\n`);
  mia.type("/trust\r");
  await mia.sees(`${place.work} is trusted already`);

  await using again = at(place, "mia", wide);
  await again.sees("session ");
  again.type("/status\r");
  await again.sees("daemon ");
  expect(again.lines().join("\n")).not.toContain("until you trust");
});

test("a session that is moved to another project asks for that one, and whoever only looks is not asked", async () => {
  await using place = await house();
  const other = join(place.work, "other");
  await mkdir(other);
  await writeFile(join(other, "CLAUDE.md"), "Be kind.");
  const wide = { columns: 200 };
  await using mia = at(place, "mia", wide);
  await using reader = at(place, "noa", { ...wide, args: ["attach", "--read-only"] });
  await mia.sees(last("py>"));
  await mia.sees("noa");
  const [{ id }] = JSON.parse((await place.daimon(["sessions", "--json"])).stdout).sessions as [{ id: string }];
  await place.daimon(["move", id, other]);
  await mia.sees(`CLAUDE.md in ${other}: the assistant does not read it`);
  // A repository that begins further up by now is another project than the one that was shown.
  await mkdir(join(place.work, ".git.new"));
  await rename(join(place.work, ".git.new"), join(place.work, ".git"));
  mia.type("/trust\r");
  await mia.sees(`${place.work} is trusted; the assistant reads other/CLAUDE.md`);
  await reader.sees("moved the session");
  expect(reader.lines().join("\n")).not.toContain("trust");
});
