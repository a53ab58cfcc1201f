import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { house } from "../cli/daimon.ts";
import { at, last } from "./pty.ts";

const wide = { columns: 200 };
const asks = last("trust it? [y/N]");
const question = (files: string, folder: string) =>
  `${files} in ${folder}: the assistant goes by ${files.includes(",") ? "them" : "it"} only if you trust this project`;

test("who comes to a project with something to read is asked once whether to trust it, and yes is kept for good", async () => {
  await using place = await house();
  await writeFile(join(place.work, "AGENTS.md"), "Be brief.");
  await mkdir(join(place.work, ".daimon"));
  await writeFile(join(place.work, ".daimon/config.toml"), 'mode = "read-only"\n[limits]\nsteps = 3\n');
  await using mia = at(place, "mia", wide);
  await mia.sees(question("AGENTS.md, .daimon/config.toml", place.work));
  await mia.sees(asks);
  mia.type("y\r");
  const goes = "the assistant goes by AGENTS.md, .daimon/config.toml";
  await mia.sees(`${place.work} is trusted; ${goes} from its next turn on`);
  await mia.sees(last("py>"));
  expect(readFileSync(join(place.home, "state/trusted"), "utf8")).toBe(`${JSON.stringify(place.work)}\n`);
  mia.type("/trust\r");
  await mia.sees(`${place.work} is trusted already`);

  await using again = at(place, "mia", wide);
  await again.sees("session ");
  again.type("/status\r");
  await again.sees("; reads AGENTS.md; .daimon/config.toml: at most mode read-only, 3 steps");
  expect(again.lines().join("\n")).not.toContain("only if you trust");
  again.type("/untrust\r");
  await again.sees(`${place.work} is not trusted; /trust changes that`);
  expect(readFileSync(join(place.home, "state/trusted"), "utf8")).toBe("");
});

test("Enter alone is no, nobody is asked again, and /trust changes it", async () => {
  await using place = await house();
  await writeFile(join(place.work, "AGENTS.md"), "Be brief.");
  await using mia = at(place, "mia", wide);
  await mia.sees(asks);
  mia.type("\r");
  await mia.sees(`${place.work} is not trusted; /trust changes that`);

  await using again = at(place, "mia", wide);
  await again.sees("session ");
  again.type("/status\r");
  await again.sees(`${place.work}, not trusted`);
  expect(again.lines().join("\n")).not.toContain("[y/N]");
  again.type("/trust\r");
  await again.sees(`${place.work} is trusted; the assistant goes by AGENTS.md`);
});

test("what is no answer is done as always and says nothing of trust; where somebody else answered, that stays", async () => {
  await using place = await house();
  await writeFile(join(place.work, "AGENTS.md"), "Be brief.");
  await using mia = at(place, "mia", wide);
  await mia.sees(asks);
  mia.type("6*7\r");
  await mia.sees("42");
  expect(existsSync(join(place.home, "state/trusted"))).toBe(false);
  expect(existsSync(join(place.home, "state/distrusted"))).toBe(false);
  await mia.sees(last("py>"));

  await using again = at(place, "mia", wide);
  await again.sees(asks);
  await mia.sees(last("py>"));
  mia.type("/trust\r");
  await mia.sees(`${place.work} is trusted; `);
  again.type("n\r");
  await again.sees(`${place.work} is trusted already`);
});

test("who types when the question comes is asked once the line is done, and it is no answer", async () => {
  await using place = await house();
  await writeFile(join(place.work, "AGENTS.md"), "Be brief.");
  await using mia = at(place, "mia", wide);
  // Typed before there is a session.
  mia.type("y = 6*7\ry");
  await mia.sees("session ");
  await mia.sees(last("py> y"));
  mia.type("\r");
  await mia.sees("42");
  await mia.sees(asks);
  expect(existsSync(join(place.home, "state/trusted"))).toBe(false);
});

test("a session that is moved to another project asks for that one, and whoever only looks is not asked", async () => {
  await using place = await house();
  const other = join(place.work, "other");
  await mkdir(other);
  await writeFile(join(other, "CLAUDE.md"), "Be kind.");
  await using mia = at(place, "mia", wide);
  await using reader = at(place, "noa", { ...wide, args: ["attach", "--read-only"] });
  await mia.sees(last("py>"));
  await mia.sees("noa");
  const [{ id }] = JSON.parse((await place.daimon(["sessions", "--json"])).stdout).sessions as [{ id: string }];
  await place.daimon(["move", id, other]);
  await mia.sees(question("CLAUDE.md", other));
  // A repository that begins further up by now is another project than the one that was shown.
  await mkdir(join(place.work, ".git.new"));
  await rename(join(place.work, ".git.new"), join(place.work, ".git"));
  mia.type("y\r");
  await mia.sees("and not in");
  expect(existsSync(join(place.home, "state/trusted"))).toBe(false);
  mia.type("/trust\r");
  await mia.sees(`${place.work} is trusted; the assistant goes by other/CLAUDE.md`);
  await reader.sees("moved the session");
  expect(reader.lines().join("\n")).not.toContain("trust");
});

test("without a terminal nobody is asked, and nothing is trusted", async () => {
  await using place = await house();
  await writeFile(join(place.work, "AGENTS.md"), "Be brief.");
  const { stdout, stderr } = await place.daimon([], { stdin: "6*7\n" });
  expect(stdout).toContain("42");
  expect(stdout + stderr).not.toContain("trust");
});
