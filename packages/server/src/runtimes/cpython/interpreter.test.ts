import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cpythonRuntime } from "./index.ts";
import { findInterpreter, whyGone } from "./interpreter.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "daimon-interpreter-")));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const env = { PATH: `/usr/bin:/bin` };
const find = (named?: string, more: Record<string, string> = {}) => findInterpreter(named, folder, { ...env, ...more });
const why = async (named: string) => {
  const found = await find(named);
  return "why" in found ? found.why.replaceAll(folder, "HERE") : `${found.interpreter} was taken`;
};

/** A program of that name, which answers as the script says. */
async function program(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}
/** A program that answers as a Python of that version does. */
const pythonOf = (name: string, version: string, executable = "", implementation = "cpython") =>
  program(name, `printf '<daimon>${version}|${executable}|${implementation}</daimon>'`);

describe("an interpreter that can be used", () => {
  it("is named by its path, from the session's folder, from the home folder, or by its name on the PATH", async () => {
    const path = await pythonOf("my env/bin/python", "3.12.1");
    expect(await find("my env/bin/python")).toEqual({ interpreter: path });
    expect(await find(path)).toEqual({ interpreter: path });
    expect(await find("~/my env/bin/python", { HOME: folder })).toEqual({ interpreter: path });
    await pythonOf("bin/python3", "3.11.0");
    const PATH = `relative:${join(folder, "my env/bin")}:${join(folder, "bin")}`;
    expect(await find("python", { PATH })).toEqual({ interpreter: path });
    expect(await find(undefined, { PATH })).toEqual({ interpreter: join(folder, "bin/python3") });
  });

  it("is the one that a shim leads to, whatever else is printed on the way", async () => {
    const real = await pythonOf("versions/bin/python", "3.13.0");
    await program(
      "shim",
      `echo "this goes by way of a shim" >&2; echo noise; printf '<daimon>3.13.0|${real}|cpython</daimon>'`,
    );
    expect(await find("./shim")).toEqual({ interpreter: real });
  });

  it("is asked in the session's folder, as a shim chooses by it", async () => {
    await program("shim", `printf "<daimon>3.13.0|$PWD/python|cpython</daimon>"`);
    expect(await find("./shim")).toEqual({ interpreter: join(folder, "python") });
  });
});

describe("an interpreter that cannot be used is refused in one sentence", () => {
  it("when it is not there", async () => {
    expect(await why("nowhere/python")).toBe("there is no HERE/nowhere/python");
    expect(await why("pythong")).toBe(
      "there is no pythong on the daemon's PATH; name one by its path, like .venv/bin/python",
    );
    await writeFile(join(folder, "pythonic"), "");
    expect(await why("pythonic")).toBe(
      "there is no pythonic on the daemon's PATH; the one in this folder is ./pythonic",
    );
    expect(await why("pythonic/bin/python")).toBe("there is no HERE/pythonic/bin/python");
  });

  it("when the Python of its virtual environment vanished", async () => {
    await mkdir(join(folder, ".venv/bin"), { recursive: true });
    await symlink("/opt/gone/bin/python3.12", join(folder, ".venv/bin/python"));
    expect(await why(".venv/bin/python")).toBe(
      "HERE/.venv/bin/python leads to /opt/gone/bin/python3.12, which is gone; make its virtual environment anew",
    );
    expect(whyGone(join(folder, ".venv/bin/python"))).toContain("which is gone");
  });

  it("when it is a folder, and the Python in it is named", async () => {
    await pythonOf(".venv/bin/python", "3.12.1");
    const told = "HERE/.venv is a folder; the Python in it is HERE/.venv/bin/python";
    expect(await why(".venv")).toBe(told);
    expect(await why("./.venv")).toBe(told);
    expect(await why("./.venv/bin")).toBe("HERE/.venv/bin is a folder; name the Python in it");
  });

  it("when it may not be run, or is no program", async () => {
    await writeFile(join(folder, "text"), "");
    expect(await why("./text")).toBe("HERE/text is no program that may be run");
    expect(await why("/dev/null")).toBe("/dev/null is no program that may be run");
    await chmod(join(folder, "text"), 0o755);
    await writeFile(join(folder, "text"), "\0\0");
    expect(await why("./text")).toMatch(/^HERE\/text is no Python/);
  });

  it("when it is no Python", async () => {
    expect(await why("/bin/ls")).toMatch(/^\/bin\/ls is no Python \(it says: .*\)$/);
    await program("silent", "");
    expect(await why("./silent")).toBe("HERE/silent is no Python");
  });

  it("when it is too old, Python 2 included, or another Python", async () => {
    const needed = "; daimon needs Python 3.11 or newer";
    await pythonOf("old", "3.10.14");
    expect(await why("./old")).toBe(`HERE/old is Python 3.10.14${needed}`);
    await pythonOf("older", "2.7.18");
    expect(await why("./older")).toBe(`HERE/older is Python 2.7.18${needed}`);
    await program("oldest", 'echo "Python 2.7.18" >&2');
    expect(await why("./oldest")).toBe(`HERE/oldest is Python 2.7.18${needed}`);
    await pythonOf("pypy", "3.11.0", "", "pypy");
    expect(await why("./pypy")).toBe("HERE/pypy is pypy; daimon needs CPython");
  });

  it("when it says whole books", async () => {
    await program("chatty", "yes");
    expect(await why("./chatty")).toMatch(/^HERE\/chatty is no Python/);
  });
});

it("a program that is asked which Python it is sees none of daimon's keys", async () => {
  const seen = join(folder, "seen");
  const path = await program("curious", `env > '${seen}'; printf '<daimon>3.12.1||cpython</daimon>'`);
  const keys = { WORK_KEY: "sk-secret", DAIMON_TOKEN: "dmn_secret" };
  const runtime = cpythonRuntime({ cache: folder, env: { ...env, ...keys, LANG: "C" }, hidden: () => ["WORK_KEY"] });
  expect(await runtime.find?.(path, folder)).toEqual({ interpreter: path });
  const told = await readFile(seen, "utf8");
  expect(told).toContain("LANG=C");
  expect(told).not.toMatch(/secret/);
});
