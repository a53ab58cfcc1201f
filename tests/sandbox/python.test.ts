import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cpythonRuntime } from "../../packages/server/src/runtimes/cpython/index.ts";
import { python } from "../conformance/pythons.ts";
import { runIn } from "../conformance/runtime-world.ts";
import { hasSandbox } from "../conformance/sandboxes.ts";
import { confined, onHost, place } from "./world.ts";

const interpreter = await python();
const never = new AbortController().signal;

describe.runIf(interpreter !== undefined && (await hasSandbox()))("a Python of the machine, in the sandbox", () => {
  test("is asked which one it is where it can do nothing else: who works there may have put it there", async () => {
    for (const [make, through] of [
      [onHost, true],
      [confined(), false],
    ] as const) {
      const { project, outside, home, sandbox } = await place(make);
      const program = join(project, "bin/python");
      mkdirSync(join(project, "bin"));
      writeFileSync(program, `#!/bin/sh\ntouch '${outside}/ran'\nprintf '<daimon>3.12.1||cpython</daimon>'\n`);
      chmodSync(program, 0o755);
      const runtime = cpythonRuntime({
        cache: join(home, "state"),
        env: process.env,
        hidden: () => [],
        asked: sandbox,
      });
      expect(await runtime.find?.("bin/python", project)).toEqual({ interpreter: program });
      expect(existsSync(join(outside, "ran"))).toBe(through);
    }
  });

  test("may be of a virtual environment that lies elsewhere, which it reads and cannot change", async () => {
    const { folder, project, home, outside, sandbox } = await place(confined());
    const venv = join(folder, "venv");
    // And its own Python lies in a third place: its program, and all else that it was installed with.
    const base = join(folder, "base");
    mkdirSync(join(base, "bin"), { recursive: true });
    copyFileSync(realpathSync(interpreter as string), join(base, "bin/python3"));
    symlinkSync("/usr/lib", join(base, "lib"));
    execFileSync(join(base, "bin/python3"), ["-m", "venv", "--without-pip", venv]);
    writeFileSync(
      join(venv, "lib", readdirSync(join(venv, "lib"))[0] as string, "site-packages", "theirs.py"),
      "found = 'found'\n",
    );
    const runtime = cpythonRuntime({ cache: join(home, "state"), env: process.env, hidden: () => [], asked: sandbox });
    const spec = { session: "s", cwd: project, generation: 1, interpreter: join(venv, "bin/python") };
    const kernel = await runtime.start(spec, sandbox, never);
    const value = async (code: string) => {
      const { result, error } = await runIn(kernel, code);
      return result?.text ?? error?.name;
    };
    expect(await value("import sys; sys.prefix")).toBe(`'${venv}'`);
    expect(await value("sys.base_prefix")).toBe(`'${base}'`);
    expect(await value("import theirs; theirs.found")).toBe("'found'");
    expect(await value(`open('${venv}/new', 'w')`)).toBe("OSError");
    expect(await value(`open('${outside}/file')`)).toBe("FileNotFoundError");
    expect(await value(`open('${home}/state/token').read()`)).toBe("FileNotFoundError");
    expect(await value("open('here', 'w').write('x')")).toBe("1");
    expect(await value("import socket; socket.create_connection(('192.0.2.1', 80), 5)")).toBe("OSError");
    kernel.kill("the test is over");
  });
});
