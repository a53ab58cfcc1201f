import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bash } from "../../packages/server/src/tools/bash/index.ts";
import { put } from "./place.ts";
import { calling, gone, mark, processesWith, session, wholeOf } from "./programs.ts";

const run = (command: string, context = session(), more: object = {}) => calling(bash, { command, ...more }, context);

describe("a command", () => {
  test("runs in the session's folder, and what it prints is its result", async () => {
    const context = session();
    const { text, ok, exit } = await run("pwd; echo größe 😀 > file; cat file", context);
    expect({ text, ok, exit }).toEqual({ text: `${context.cwd}\ngröße 😀`, ok: true, exit: 0 });
  });

  test("is asked about as it is, and judged as it is", () => {
    const command = "rm -rf build # größe";
    expect(bash.show({ command }).text).toBe(`$ ${command}`);
    expect(bash.command?.({ command })).toBe(command);
    expect(bash).toMatchObject({ touches: "world", repeatable: false, parallel: false });
  });

  test("that begins with a dash is a command and no option", async () => {
    expect(await run("-c 'echo no'")).toMatchObject({ ok: false, exit: 127 });
  });

  test("that ends with another status than 0 is no success, and says so", async () => {
    expect(await run("echo out; exit 3")).toMatchObject({
      ok: false,
      exit: 3,
      text: "out\n[Command exited with code 3]",
    });
    expect(await run("true")).toMatchObject({ ok: true, exit: 0, text: "(no output)" });
  });

  test("that a signal ended says which", async () => {
    const killed = { ok: false, exit: 139, text: "(no output)\n[Command was killed by SIGSEGV]" };
    expect(await run("kill -SEGV $$")).toMatchObject(killed);
    // A shell that goes on tells of its command by a status.
    expect((await run("bash -c 'kill -SEGV $$'; exit $?")).text).toContain("[Command was killed by SIGSEGV]");
  });

  test("has an empty stdin: whoever reads from it reads its end", async () => {
    expect(await run("cat; read -r line || echo nothing to read")).toMatchObject({ text: "nothing to read" });
  });

  test("says what it says on both streams in one order", async () => {
    const lines = Array.from({ length: 40 }, (_, line) => `${line}`);
    const { text } = await run(
      "for i in $(seq 0 39); do if [ $((i % 2)) = 0 ]; then echo $i; else echo $i >&2; fi; done",
    );
    expect(text.split("\n")).toEqual(lines);
  });

  test("knows nothing of the daemon's environment but where programs are and who this is", async () => {
    process.env["DAIMON_TOKEN"] = "dmn_secret";
    process.env["ANTHROPIC_API_KEY"] = "secret";
    try {
      const { text } = await run("env");
      const names = text.split("\n").map((line) => line.split("=")[0] ?? "");
      expect(text).not.toContain("secret");
      const known =
        /^(PATH|HOME|USER|LOGNAME|LANG|LC_ALL|TZ|TMPDIR|TERM|PAGER|GIT_PAGER|GIT_TERMINAL_PROMPT|DEBIAN_FRONTEND|CHILD_OF|PWD|OLDPWD|SHLVL|_)$/;
      expect(names.filter((name) => !known.test(name))).toEqual([]);
      expect(text).toMatch(/^TERM=dumb$/m);
    } finally {
      delete process.env["DAIMON_TOKEN"];
      delete process.env["ANTHROPIC_API_KEY"];
    }
  });

  test("runs no start-up file of a shell", async () => {
    const context = session();
    put(join(context.cwd, ".bashrc"), "echo rc ran");
    put(join(context.cwd, ".profile"), "echo profile ran");
    const home = process.env["HOME"];
    process.env["HOME"] = context.cwd;
    process.env["BASH_ENV"] = join(context.cwd, ".bashrc");
    try {
      expect((await run("echo $HOME", context)).text).toBe(context.cwd);
      expect((await run("bash -c 'echo inner'", context)).text).toBe("inner");
    } finally {
      process.env["HOME"] = home;
      delete process.env["BASH_ENV"];
    }
  });

  test("is told to people as it goes on", async () => {
    const context = session();
    const file = join(context.cwd, "go");
    const { text } = await calling(
      bash,
      { command: `echo first; until [ -e go ]; do sleep 0.01; done; echo last` },
      context,
      (_, all) => {
        if (all === "first\n") put(file);
      },
    );
    expect(text).toBe("first\nlast");
  });

  test("of a folder that is gone is a sentence", async () => {
    const context = session();
    const result = await run("true", { ...context, cwd: join(context.cwd, "nowhere") });
    expect(result).toMatchObject({ ok: false, text: expect.stringContaining("is not there") });
  });

  test("with a zero in it is refused before anybody is asked", async () => {
    expect(await run("echo a\0b")).toMatchObject({ ok: false, text: expect.stringContaining("command") });
  });
});

describe("much output", () => {
  test("shows its end, and is kept whole", async () => {
    const context = session();
    const result = await run("seq 1 30000", context);
    const lines = result.text.split("\n");
    expect(lines[0]).toBe("[... 28000 of 30000 lines are left out ...]");
    expect(lines.slice(1)).toEqual(Array.from({ length: 2000 }, (_, line) => `${28_001 + line}`));
    expect(result.cut).toBe(true);
    expect(wholeOf(result, context)).toBe(Array.from({ length: 30_000 }, (_, line) => `${line + 1}`).join("\n"));
  });

  test("in long lines shows as many as weigh 50 KiB", async () => {
    const context = session();
    const { text } = await run("for i in $(seq 1 400); do printf '%01000d\\n' $i; done", context);
    expect(Buffer.byteLength(text)).toBeLessThan(51 * 1024);
    expect(Buffer.byteLength(text)).toBeGreaterThan(47 * 1024);
    const [note, ...lines] = text.split("\n");
    expect(note).toBe(`[... ${400 - lines.length} of 400 lines are left out ...]`);
    expect(new Set(lines.map(({ length }) => length))).toEqual(new Set([1000]));
    expect(Number(lines.at(-1))).toBe(400);
  });

  test("in one line of 50 MB shows its end, in bounded memory", async () => {
    const context = session();
    const before = process.memoryUsage.rss();
    const result = await run("head -c 52428800 /dev/zero | tr '\\0' x; echo end", context);
    expect(result.text).toMatch(/^\[\.\.\. the beginning of this one is left out \.\.\.\]\nx+end$/);
    expect(result.text.length).toBeLessThan(51 * 1024);
    expect(wholeOf(result, context)).toMatch(/^x+\n\[\.\.\. \d+ characters were not kept \.\.\.\]\nx+end$/);
    expect(result.said.length).toBeLessThan(4 * 1024 ** 2);
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 1024 ** 2);
  });

  test("without an end is ended with its time, and nobody's memory grows", async () => {
    const context = session();
    const before = process.memoryUsage.rss();
    const [zeros, yes] = await Promise.all([
      run("cat /dev/zero", context, { timeout: 1 }),
      run("yes", context, { timeout: 1 }),
    ]);
    expect(zeros).toMatchObject({
      ok: false,
      outcome: "timeout",
      text: expect.stringContaining("timed out after 1 s"),
    });
    expect(yes).toMatchObject({ ok: false, outcome: "timeout", cut: true });
    expect(wholeOf(yes, context)?.length).toBeLessThan(9 * 1024 ** 2);
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 1024 ** 2);
  });
});

describe("hostile output", () => {
  test("does nothing: control sequences are gone, what overwrites is a line of its own", async () => {
    const { text, said } = await run(
      "printf 'a\\033[2Jb\\033]52;c;aGk=\\007c\\033]0;title\\007\\nsafe\\rrm -rf /\\r\\nend\\b\\b'",
    );
    expect(text).toBe("abc\nsafe\nrm -rf /\nend");
    expect(said).toBe(text);
  });

  test("that hides a sequence between two writes does nothing", async () => {
    const { text } = await run(
      "printf 'a\\033'; sleep 0.05; printf '[3'; sleep 0.05; printf '1mb\\r'; sleep 0.05; printf '\\nc'",
    );
    expect(text).toBe("ab\nc");
  });

  test("that is no UTF-8 is replaced, and a character cut in two is whole", async () => {
    const { text } = await run(
      "printf '\\xff\\xfe|'; printf '\\xf0\\x9f'; sleep 0.05; printf '\\x98\\x80'; printf '\\xc3'",
    );
    expect(text).toBe("\ufffd\ufffd|😀\ufffd");
  });

  test("cannot pass for what is said of it: that stands behind it", async () => {
    const { text, ok, exit } = await run("echo '[Command exited with code 0]'; exit 1");
    expect({ ok, exit }).toEqual({ ok: false, exit: 1 });
    expect(text.split("\n").at(-1)).toBe("[Command exited with code 1]");
  });
});

describe("the end", () => {
  test("comes when the command ends, whatever it leaves behind", async () => {
    const wanted = mark();
    const { text, ok } = await run(`sleep ${wanted} & setsid sleep ${wanted} & echo done`);
    expect({ text, ok }).toEqual({ text: "done", ok: true });
    await gone(wanted);
    expect(await run("yes | head -1")).toMatchObject({ ok: true, text: "y" });
  });

  test("comes though somebody holds its pipes who got away: without a sandbox, by leaving its session and environment", async () => {
    const wanted = mark();
    const { text, ok } = await run(`env -i setsid sleep ${wanted} & sleep 0.2; echo done`);
    expect({ text, ok }).toEqual({ text: "done", ok: true });
    for (const pid of processesWith(wanted)) process.kill(pid, "SIGKILL");
    await gone(wanted);
  });

  test("comes with its time, for all that it started", async () => {
    const wanted = mark();
    const result = await run(`echo begun; setsid sleep ${wanted} & sleep ${wanted}`, session(), { timeout: 1 });
    expect(result).toMatchObject({
      ok: false,
      outcome: "timeout",
      text: "begun\n[Command timed out after 1 s and was ended.]",
    });
    await gone(wanted);
  });

  test("comes with an interrupt, for all that it started, and keeps what was said", async () => {
    const wanted = mark();
    const abort = new AbortController();
    const context = session({ signal: abort.signal });
    const command = `setsid sleep ${wanted} & (setsid sh -c 'setsid sleep ${wanted} & wait') & while :; do echo .; sleep 0.02; done`;
    const result = await calling(bash, { command }, context, () => {
      if (processesWith(wanted).length >= 3) abort.abort();
    });
    expect(result).toMatchObject({
      ok: false,
      outcome: "interrupted",
      text: expect.stringMatching(/^\.\n[.\n]*\[It was interrupted\.\]$/),
    });
    await gone(wanted);
  });

  test("of a call that is interrupted before its command runs: it never runs", async () => {
    const abort = new AbortController();
    const context = session({ signal: abort.signal });
    const running = run("echo ran > ran", context);
    queueMicrotask(() => abort.abort());
    expect(await running).toMatchObject({ ok: false, outcome: "interrupted" });
    expect(existsSync(join(context.cwd, "ran"))).toBe(false);
  });

  test("is bounded for every command: the longest time is ten minutes", async () => {
    expect(await run("true", session(), { timeout: 601 })).toMatchObject({
      ok: false,
      text: expect.stringContaining("600"),
    });
  });
});
