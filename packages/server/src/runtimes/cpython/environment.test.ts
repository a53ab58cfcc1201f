import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { environmentFor } from "./environment.ts";

it("a kernel has what a shell would give it, and none of daimon's keys", () => {
  const env = {
    HOME: "/ada",
    LANG: "de_DE.UTF-8",
    PATH: "/usr/bin",
    AWS_SECRET_ACCESS_KEY: "of her own",
    DAIMON_TOKEN: "dmn_secret",
    DAIMON_HOME: "/somewhere",
    WORK_KEY: "sk-secret",
    ANTHROPIC_API_KEY: "sk-secret",
  };
  const given = environmentFor("/usr/bin/python3", env, ["WORK_KEY", "ANTHROPIC_API_KEY"]);
  expect(given).toMatchObject({
    HOME: "/ada",
    LANG: "de_DE.UTF-8",
    PATH: "/usr/bin",
    AWS_SECRET_ACCESS_KEY: "of her own",
  });
  expect(JSON.stringify(given)).not.toMatch(/DAIMON|dmn_secret|sk-secret/);
});

it("what was meant for another Python, is left behind", () => {
  const env = {
    PYTHONPATH: "/elsewhere",
    PYTHONSTARTUP: "/elsewhere/start.py",
    PYTHONHOME: "/opt",
    VIRTUAL_ENV: "/elsewhere/.venv",
    npm_package_name: "elsewhere",
  };
  expect(JSON.stringify(environmentFor("/usr/bin/python3", env, []))).not.toMatch(/elsewhere|opt/);
});

it("a virtual environment's interpreter brings its environment along, as if it had been activated", async () => {
  const folder = await mkdtemp(join(tmpdir(), "daimon-venv-"));
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "pyvenv.cfg"), "home = /usr/bin\n");
  const given = environmentFor(join(folder, "bin/python"), { PATH: "/usr/bin", VIRTUAL_ENV: "/other" }, []);
  expect(given).toMatchObject({ VIRTUAL_ENV: folder, PATH: `${folder}/bin:/usr/bin` });
  await rm(folder, { recursive: true });
});
