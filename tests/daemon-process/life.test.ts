import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fileIn, homeOf } from "../../packages/protocol/src/client/folders.ts";
import { ask, follow, until } from "./ask.ts";
import { runToEnd, startDaemon, withFolder } from "./start.ts";

const inHome = (use: (home: string) => Promise<void>) => () => withFolder((folder) => use(join(folder, "h")));
const pathsOf = (home: string) => homeOf({ DAIMON_HOME: home });

test(
  "a daemon answers as soon as it says that it listens, and leaves nothing behind when asked to stop",
  inHome(async (home) => {
    await using daemon = await startDaemon({ home });
    const paths = pathsOf(home);
    expect(await ask(daemon, "GET", "/health")).toEqual({
      status: 200,
      body: { ok: true, version: "0.1.0", protocol: 1 },
    });
    expect((await ask(daemon, "GET", "/api/v1/status")).body).toMatchObject({ pid: daemon.pid, home });
    expect(Number(await readFile(fileIn.pid(paths), "utf8"))).toBe(daemon.pid);
    expect(await daemon.stop()).toBe(0);
    expect(existsSync(fileIn.socket(paths))).toBe(false);
    expect(existsSync(fileIn.pid(paths))).toBe(false);
  }),
);

test(
  "everything a daemon writes is for its user alone",
  inHome(async (home) => {
    await using daemon = await startDaemon({ home });
    const { base, config, state, run } = pathsOf(home);
    for (const folder of [base!, config, state, run]) expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const file of [fileIn.token(pathsOf(home)), fileIn.log(pathsOf(home)), daemon.socket])
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(daemon.token).toMatch(/^dmn_[\w-]{43}$/);
  }),
);

test(
  "the token stays the same from one daemon to the next",
  inHome(async (home) => {
    const tokens: string[] = [];
    for (let n = 0; n < 2; n++) {
      await using daemon = await startDaemon({ home });
      tokens.push(daemon.token);
      await daemon.stop();
    }
    expect(tokens[0]).toBe(tokens[1]);
  }),
);

test(
  "a second daemon on the same home says who runs there, and the first goes on",
  inHome(async (home) => {
    await using first = await startDaemon({ home });
    const second = await runToEnd({ home });
    expect(second.code).toBe(3);
    expect(second.stdout).toBe("");
    expect(second.stderr).toBe(
      `daimon: a daemon (pid ${first.pid}) already runs on this home; use it, or end it with: daimon stop\n`,
    );
    expect((await ask(first, "GET", "/api/v1/status")).body.pid).toBe(first.pid);
  }),
);

test(
  "of daemons that start at the same moment one lives, and all who asked find it",
  inHome(async (home) => {
    const started = await Promise.allSettled([1, 2, 3, 4].map(() => startDaemon({ home })));
    const living = started.filter((one) => one.status === "fulfilled").map(({ value }) => value);
    try {
      expect(living).toHaveLength(1);
      for (const one of started)
        if (one.status === "rejected") expect(String(one.reason)).toContain("already runs on this home");
      expect((await ask(living[0]!, "GET", "/api/v1/status")).body.pid).toBe(living[0]!.pid);
    } finally {
      for (const daemon of living) await daemon.kill();
    }
  }),
);

test(
  "after kill -9 the next daemon starts as if nothing were, with the session and what it holds",
  inHome(async (home) => {
    const script = { hello: [[{ text: "Hi there" }]] };
    let id = "";
    {
      await using daemon = await startDaemon({ home, script });
      id = (await ask(daemon, "POST", "/api/v1/sessions", { cwd: home, model: "scripted/script" })).body.id;
      const turn = await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs?wait=true`, { text: "hello" });
      expect(turn.body.turn).toMatchObject({ outcome: "done", text: "Hi there" });
      await daemon.kill();
    }
    await using daemon = await startDaemon({ home, script });
    const { body } = await ask(daemon, "GET", `/api/v1/sessions/${id}`);
    expect(body.items.map(({ text }: { text: string }) => text)).toEqual(["hello", "Hi there"]);
  }),
);

test(
  "a turn that runs when the daemon is asked to stop ends openly, with what was said until then",
  inHome(async (home) => {
    const script = { hello: [[{ text: "half a" }, { gate: "never" }]] };
    let id = "";
    {
      await using daemon = await startDaemon({ home, script });
      id = (await ask(daemon, "POST", "/api/v1/sessions", { cwd: home, model: "scripted/script" })).body.id;
      const session = await follow(daemon, id);
      await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs`, { text: "hello" });
      await until(session, ({ open }) => [...open.values()].some(({ text }) => text === "half a"));
      const waiting = ask(daemon, "POST", `/api/v1/sessions/${id}/inputs?wait=true`, { text: "queued" });
      await until(session, ({ view }) => view.queue.length === 1);
      expect(await daemon.stop()).toBe(0);
      // Whoever waits over HTTP is told to come back, and not left with a broken connection.
      expect((await waiting).body.error).toMatchObject({ retry: true });
    }
    await using daemon = await startDaemon({ home, script });
    const { body } = await ask(daemon, "GET", `/api/v1/sessions/${id}`);
    expect(JSON.stringify(body.items)).toContain("half a");
  }),
);

test(
  "stop over the protocol ends the process with 0",
  inHome(async (home) => {
    await using daemon = await startDaemon({ home });
    const session = (await ask(daemon, "POST", "/api/v1/sessions", { cwd: home })).body;
    const attached = await follow(daemon, session.id);
    await attached.client.request("daemon/stop", {});
    expect(await daemon.ended).toBe(0);
    attached.client.close();
  }),
);

test(
  "a bug is written down with its stack, and the daemon goes on",
  inHome(async (home) => {
    await using daemon = await startDaemon({ home });
    process.kill(daemon.pid, "SIGUSR2");
    expect((await ask(daemon, "GET", "/api/v1/status")).status).toBe(200);
    await daemon.stop();
    const log = await readFile(fileIn.log(pathsOf(home)), "utf8");
    expect(log).toContain("a bug that a test asked for");
    expect(log).toContain("tests/daemon.ts");
  }),
);

test(
  "whoever started the daemon may close its output and leave",
  inHome(async (home) => {
    await using daemon = await startDaemon({ home, args: ["--foreground"], env: { DAIMON_LOG: "debug" } });
    daemon.closeOutput();
    for (let n = 0; n < 3; n++) process.kill(daemon.pid, "SIGUSR2"); // each writes to the closed output
    expect((await ask(daemon, "GET", "/api/v1/status")).status).toBe(200);
    expect(await daemon.stop()).toBe(0);
  }),
);

test(
  "no key of the environment and no token is in the log, whoever tries to put it there",
  inHome(async (home) => {
    const env = {
      ANTHROPIC_API_KEY: "plain-words-as-key",
      DAIMON_TOKEN: "dmn_of-another-daemon-that-is-far-away",
      DAIMON_LOG: "debug",
    };
    await using daemon = await startDaemon({ home, env, script: { "*": [[{ fail: "401 for plain-words-as-key" }]] } });
    const { id } = (await ask(daemon, "POST", "/api/v1/sessions", { cwd: home, model: "scripted/script" })).body;
    await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs?wait=true`, { text: `say ${daemon.token}` });
    await daemon.stop();
    const log = await readFile(fileIn.log(pathsOf(home)), "utf8");
    expect(log).toContain("listening");
    for (const secret of [...Object.values(env).slice(0, 2), daemon.token]) expect(log).not.toContain(secret);
  }),
);

test(
  "a broken config.toml keeps the daemon from starting, with the file, the line and what was meant",
  inHome(async (home) => {
    const paths = pathsOf(home);
    await mkdir(paths.config, { recursive: true, mode: 0o700 });
    await writeFile(fileIn.config(paths), '# mine\nmodle = "x"\n');
    const { code, stderr } = await runToEnd({ home });
    expect(code).toBe(3);
    expect(stderr).toBe(`daimon: ${fileIn.config(paths)}:2: modle is not known; did you mean "model"?\n`);
    expect(existsSync(fileIn.lock(paths))).toBe(false);
  }),
);

test(
  "the configured model is what a new session gets, unless the environment says otherwise",
  inHome(async (home) => {
    const paths = pathsOf(home);
    await mkdir(paths.config, { recursive: true, mode: 0o700 });
    await writeFile(fileIn.config(paths), 'model = "scripted/script"\nmode = "read-only"\n');
    for (const [env, model] of [
      [{}, "scripted/script"],
      [{ DAIMON_MODEL: "offline/guide" }, "offline/guide"],
    ] as const) {
      await using daemon = await startDaemon({ home, env });
      const { body } = await ask(daemon, "POST", "/api/v1/sessions", { cwd: home });
      expect(body).toMatchObject({ model, mode: "read-only" });
      await daemon.stop();
    }
  }),
);

test(
  "unknown arguments are refused with 2, and nothing is touched",
  inHome(async (home) => {
    const { code, stderr } = await runToEnd({ home, args: ["--htpp", "1"] });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^daimon: .*--htpp/);
    expect(existsSync(home)).toBe(false);
  }),
);

test(
  "a database of a newer daimon is not opened, and stays as it is",
  inHome(async (home) => {
    {
      await using daemon = await startDaemon({ home });
      await daemon.stop();
    }
    const file = join(pathsOf(home).state, "daimon.db");
    const db = new DatabaseSync(file);
    const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    db.exec("PRAGMA user_version = 9999");
    db.close();
    const { code, stderr } = await runToEnd({ home });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^daimon: .*written by a newer daimon.*\n$/);
    // The lock was given back: the right daimon may have it.
    const again = new DatabaseSync(file);
    again.exec(`PRAGMA user_version = ${version}`);
    again.close();
    await using daemon = await startDaemon({ home });
    expect((await ask(daemon, "GET", "/health")).status).toBe(200);
  }),
);

test(
  "a home that others can look into is refused with the command that mends it",
  inHome(async (home) => {
    await mkdir(home);
    await chmod(home, 0o755);
    const { code, stderr } = await runToEnd({ home });
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: `daimon: others can reach into ${home} (mode 755); run: chmod 700 '${home}'\n`,
    });
  }),
);

test(
  "a home whose path is 200 bytes long works like any other",
  inHome(async (short) => {
    const home = join(short, "x".repeat(200 - Buffer.byteLength(short) - 1));
    expect(Buffer.byteLength(home)).toBe(200);
    await using daemon = await startDaemon({ home });
    expect(Buffer.byteLength(daemon.socket)).toBeLessThanOrEqual(100);
    expect((await ask(daemon, "GET", "/api/v1/status")).body.home).toBe(home);
    const second = await runToEnd({ home });
    expect(second.stderr).toContain(`pid ${daemon.pid}`);
    await daemon.kill();
    await using next = await startDaemon({ home });
    expect(next.socket).toBe(daemon.socket);
    expect(await next.stop()).toBe(0);
    // Nothing stays outside the home.
    expect(existsSync(dirname(next.socket))).toBe(false);
  }),
);

test("an older Node is told so in one line, before anything is loaded that would crash it", async () => {
  const pretend = `data:text/javascript,${encodeURIComponent(
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } })',
  )}`;
  const main = fileURLToPath(new URL("../../packages/server/src/main.ts", import.meta.url));
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--import", pretend, main], {
    // A home that no daemon could have, should one start all the same.
    env: { DAIMON_HOME: "/proc/daimon" },
    encoding: "utf8",
  });
  expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
  expect(stderr).toMatch(/^daimon: Node 24 or newer is needed .*\n$/);
});
