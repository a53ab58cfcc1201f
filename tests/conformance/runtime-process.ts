import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startOf } from "../../packages/server/src/sandboxes/host/children.ts";
import type { Child } from "../../packages/server/src/core/ports.ts";
import { exitOf, runIn, watchIn, type World } from "./runtime-world.ts";
import { outsidePids } from "./sandboxes.ts";

/** For runtimes whose Python is a process of the machine's own, with its files and commands. */
export function runtimeProcess(world: World): void {
  const { run, value, watch } = world;
  const gone = async (pid: number) => {
    while ((await startOf(pid)) !== undefined) await new Promise((done) => setTimeout(done, 5));
  };

  /** Does something in a thread once no cell runs; comes back when it is done. */
  const meanwhile = async (act: string) => {
    const thread = `def act():\n    open('gate').read()\n    ${act}\n    over.append(1)`;
    await run(
      `import os, subprocess, threading\nover = []\nos.mkfifo('gate')\n${thread}\nthreading.Thread(target=act).start()`,
    );
    await writeFile(join(world.under.cwd, "gate"), "go");
    // A look is answered after all that was printed before.
    while ((await world.kernel.capability("eval_expr", "len(over)")).text === "0");
    await rm(join(world.under.cwd, "gate"));
  };

  describe("a process of its own", () => {
    it("works in the session's folder, whose modules its cells can import", async () => {
      await writeFile(join(world.under.cwd, "of_the_project.py"), "answer = 42\n");
      expect(
        await value("import os, of_the_project; of_the_project.answer, os.getcwd() == os.path.realpath('.')"),
      ).toBe("(42, True)");
      expect(await value(`os.getcwd()`)).toBe(`'${world.under.cwd}'`);
      expect(await value("import sys; sys.argv, sys.path[0]")).toBe("([''], '')");
    });

    it("runs nothing of the session's folder by itself, whatever it is called", async () => {
      const cwd = join(world.under.cwd, "hostile");
      await mkdir(cwd);
      const names = [
        "sitecustomize",
        "usercustomize",
        "json",
        "os",
        "ast",
        "asyncio",
        "selectors",
        "encodings",
        "_daimon",
      ];
      const told = `open(${JSON.stringify(join(cwd, "ran"))}, 'a').write(__file__)\n`;
      for (const name of names) await writeFile(join(cwd, `${name}.py`), told);
      const kernel = await world.start({ cwd });
      expect((await runIn(kernel, "import asyncio.base_events\nawait asyncio.base_events.tasks.sleep(0)")).ok).toBe(
        false,
      );
      kernel.kill("tested");
      const other = await world.start({ cwd });
      // Top-level await needs asyncio, which has not been imported by anybody.
      expect((await runIn(other, "async def one(): return 1\nawait one()")).result?.text).toBe("1");
      expect(await readFile(join(cwd, "ran"), "utf8")).toBe(join(cwd, "asyncio.py"));
      other.kill("tested");
    });

    it("has what a shell would give it, and none of the daemon's keys", async () => {
      const environment = await value("import os; '\\n'.join(f'{k}={v}' for k, v in os.environ.items())");
      expect(environment).toContain("GIVEN=yes");
      expect(environment).toContain("PATH=");
      expect(environment).not.toMatch(/sk-secret|PYTHONPATH/);
    });

    it("passes neither its channel nor its leash on to what its cells start", async () => {
      const listed =
        "import subprocess\nsubprocess.run(['ls', '-l', '/proc/self/fd'], close_fds=False, capture_output=True)";
      await run("import os; os.system('true')");
      const watched = watch(`${listed}.stdout.decode().count('socket')`);
      // stderr alone: stdin is nobody's, stdout a pipe of subprocess's.
      expect((await watched.result).result?.text).toBe("0");
    });

    it("starts fresh with what its cells wrote to no file", async () => {
      await run("kept = 1");
      const other = await world.start();
      expect((await runIn(other, "'kept' in globals()")).result?.text).toBe("False");
      other.kill("tested");
    });
  });

  describe("what its commands and threads print", () => {
    it("comes in order with what its cells print", async () => {
      const code =
        "import os, subprocess, sys\nfor n in range(20):\n    print(n)\n    os.system('echo command')\n" +
        "    print('error', file=sys.stderr)\n    subprocess.run('echo loud >&2', shell=True)";
      const watched = watch(code);
      await watched.result;
      const round = (n: number) => [`stdout ${n}\ncommand\n`, "stderr error\nloud\n"];
      expect(watched.pieces).toEqual(Array.from({ length: 20 }, (_, n) => round(n)).flat());
    });

    it("comes in the order of both streams, however fast they change", async () => {
      const watched = watch("import sys\nfor n in range(300): print(n); print(n, file=sys.stderr)");
      // A daemon that is busy meanwhile finds both streams full of what was printed in turns.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      await watched.result;
      const both = Array.from({ length: 300 }, (_, n) => [`stdout ${n}\n`, `stderr ${n}\n`]);
      expect(watched.pieces).toEqual(both.flat());
    });

    it("comes with the next cell when none runs", async () => {
      await meanwhile("subprocess.run(['echo', 'a command']); print('a thread')");
      const next = watch("print('next')");
      await next.result;
      expect(next.out()).toBe("a command\na thread\nnext\n");
      const later = watch("print('later')");
      await later.result;
      expect(later.out()).toBe("later\n");
    });

    it("is bounded when none runs, and what is left out is said", async () => {
      await meanwhile("for n in range(100): print('y' * 999)");
      const next = watch("'next'");
      await next.result;
      const [, leftOut = "", kept = ""] = /^\[(\d+) characters [^\n]*\n((?:y+\n)*)$/.exec(next.out()) ?? [];
      expect(kept.length).toBeLessThanOrEqual(16 * 1024);
      expect(Number(leftOut) + kept.length).toBe(100_000);
    });

    it("comes line by line, however many print at once", async () => {
      const code =
        "import threading\ndef say(who):\n    for n in range(200): print('line', who, n)\n" +
        "all = [threading.Thread(target=say, args=(who,)) for who in range(4)]\n" +
        "for one in all: one.start()\nfor one in all: one.join()";
      const watched = watch(code);
      await watched.result;
      const lines = watched.out().split("\n");
      expect(lines).toHaveLength(801);
      expect(lines.filter((line) => !/^line \d \d+$/.test(line))).toEqual([""]);
    });

    it("and what a thread shows between two cells come with the next one, the newest of many", async () => {
      const begun = watch(`
import threading, time
told, count = threading.Event(), 0
def show():
    global count
    told.wait()
    while count < 25:
        display(count)
        count += 1
threading.Thread(target=show).start()
threading.Timer(0.05, told.set).start()`);
      await begun.result;
      while ((await world.kernel.capability("get_repr", "count")).text !== "25");
      const next = watch("'next'");
      await next.result;
      const shown = [...begun.displays, ...next.displays].map((one) => (one as { text: string }).text);
      expect(shown).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 5}`));
      expect(next.out()).toBe("[5 that were shown before this cell are left out]\n");
    });

    it("of a child that a cell forked comes too, and the child asks nobody and ends with its cell", async () => {
      const code = `import os
def fork(act):
    pid = os.fork()
    if pid: return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    act()
    raise SystemExit(3)
def ask(): input('a child?')`;
      await run(code);
      const watched = watch("fork(lambda: print('a child prints'))");
      expect((await watched.result).result?.text).toBe("3");
      expect(watched.out()).toBe("a child prints\n");
      const asking = watch("fork(ask)");
      expect((await asking.result).result?.text).toBe("1");
      expect(asking.out()).toContain("EOFError");
      expect(
        await value(
          "import multiprocessing\nwith multiprocessing.Pool(2) as pool: squares = pool.map(abs, [-1, -2])\nsquares",
        ),
      ).toBe("[1, 2]");
    });
  });

  describe("asyncio, threads and input", () => {
    it("has a loop with sockets and commands", async () => {
      const code = `import asyncio
async def served(reader, writer):
    writer.write((await reader.readline()).upper()); writer.close()
server = await asyncio.start_server(served, '127.0.0.1')
reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
writer.write(b'hello\\n')
command = await asyncio.create_subprocess_exec('echo', 'hi', stdout=-1)
await reader.read(), (await command.communicate())[0], server.close()`;
      expect(await value(code)).toBe("(b'HELLO\\n', b'hi\\n', None)");
    });

    it("asks people from any thread, one answer for each question", async () => {
      const watched = watch(
        "import asyncio\nawait asyncio.gather(*(asyncio.to_thread(input, f'{n}?') for n in range(2)))",
      );
      for (const _ of [1, 2]) {
        const { prompt } = await watched.asks();
        world.kernel.answer(`answer to ${prompt}`);
      }
      expect((await watched.result).result?.text).toMatch(/answer to [01]\?/);
    });

    it("asks nobody once its cell is over", async () => {
      await meanwhile("try: input('late?')\n    except EOFError: globals()['asked'] = 'nobody'");
      expect(await value("asked")).toBe("'nobody'");
    });
  });

  describe("an interrupt", () => {
    it("ends the command that a cell waits for", async () => {
      const watched = watch("import subprocess\nsubprocess.run('echo $$; exec sleep 1000', shell=True)");
      await watched.says("\n");
      const [outside] = await outsidePids(world.children[0] as Child, [Number(watched.out())]);
      world.kernel.interrupt();
      expect((await watched.result).outcome).toBe("interrupted");
      await gone(outside as number);
    });

    it("ends a cell that floods, and loses nothing of its order", async () => {
      const watched = watch("n = 0\nwhile True: print(n := n + 1)");
      await watched.says("\n1000\n");
      world.kernel.interrupt();
      await watched.result;
      const lines = watched.out().trimEnd().split("\n");
      expect(lines.slice(0, -1)).toEqual(lines.slice(0, -1).map((_, at) => String(at + 1)));
    });

    it("works again in the next cell, though one has switched it off", async () => {
      const { kernel } = await world.alone();
      await runIn(kernel, "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)");
      const watched = watchIn(kernel, "print('go')\nwhile True: pass");
      await watched.says("go");
      kernel.interrupt();
      expect((await watched.result).outcome).toBe("interrupted");
      kernel.kill("tested");
    });
  });

  describe("its end", () => {
    it("is told with what Python broke down of, and where", async () => {
      const breaking = {
        "ctypes.string_at(0)": "ended by SIGSEGV: Segmentation fault, in <cell N>, line 2",
        "os.abort()": "ended by SIGABRT: Aborted, in <cell N>, line 2",
        "os.kill(os.getpid(), signal.SIGTERM)": "ended by SIGTERM",
        "print('last words', file=sys.stderr); os._exit(4)": "exited with status 4",
        "os.closerange(3, 1000)": "exited with status 1: the channel to the daemon is closed: Bad file descriptor",
      };
      for (const [code, why] of Object.entries(breaking)) {
        const doomed = await world.start();
        const exited = exitOf(doomed);
        expect((await runIn(doomed, `import ctypes, os, signal, sys\n${code}`)).outcome).toBe("died");
        const told = await exited;
        expect({ ...told, why: told.why.replace(/<cell \d+>/, "<cell N>") }).toEqual({ is: "died", why });
      }
    });

    it("comes with all that was printed before", async () => {
      const doomed = await world.start();
      const watched = watchIn(doomed, "import os\nprint('x' * 100_000)\nos._exit(0)");
      await watched.result;
      expect(watched.out()).toBe("x".repeat(100_000) + "\n");
    });

    it("takes everything with it that its cells have started, a fork bomb too", async () => {
      const { kernel: bomb, process } = await world.alone();
      const code =
        "import os, time\nmade = 1\nfor depth in range(6):\n    os.fork()\nos.write(1, b'%d\\n' % os.getpid())\ntime.sleep(1000)";
      const watched = watchIn(bomb, code);
      await watched.hears((out) => out.split("\n").length > 64);
      const outside = await outsidePids(process, watched.out().trim().split("\n").map(Number));
      bomb.kill("it was told to");
      await process.exited;
      for (const pid of outside) await gone(pid);
    });

    it("comes when the daemon is killed, though Python never looks, with all that was started", async () => {
      const script = `
        import { cpythonRuntime } from ${JSON.stringify(new URL("../../packages/server/src/runtimes/cpython/index.ts", import.meta.url).href)};
        import { hostSandbox } from ${JSON.stringify(new URL("../../packages/server/src/sandboxes/host/index.ts", import.meta.url).href)};
        const folder = ${JSON.stringify(world.under.cwd)};
        const sandbox = hostSandbox({ children: folder + "/children" });
        const runtime = cpythonRuntime({ cache: folder + "/compiled", env: process.env, hidden: () => [] });
        const spec = { session: "s", cwd: folder, generation: 1 };
        const kernel = await runtime.start(spec, sandbox, new AbortController().signal);
        const code = "import os, subprocess\\nprint(os.getpid(), subprocess.Popen(['sleep', '1000']).pid)\\nsum(range(10 ** 12))";
        kernel.exec({ id: 1, code }, { output: (stream, text) => console.log(text), display() {}, input() {} });`;
      const daemon = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [said] = (await once(daemon.stdout, "data")) as [Buffer];
      daemon.kill("SIGKILL");
      for (const pid of said.toString().trim().split(" ")) await gone(Number(pid));
    });
  });
}
