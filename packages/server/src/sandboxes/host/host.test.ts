import { once } from "node:events";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Child } from "../../core/ports.ts";
import { reapOrphans, startOf } from "./children.ts";
import { heldStub, hostSandbox } from "./index.ts";

let folder: string;
let children: string;
const started: Child[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "daimon-host-"));
  children = join(folder, "children");
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

const never = new AbortController().signal;
const path = process.env["PATH"] ?? "";

async function run(script: string, extra: { channel?: true; env?: Record<string, string>; signal?: AbortSignal } = {}) {
  const profile = {
    cwd: folder,
    env: { PATH: path, ...extra.env },
    network: [],
    writable: [],
    label: "a test",
    ...(extra.channel ? { channel: true as const } : {}),
  };
  const child = await hostSandbox({ children }).spawn(["/bin/sh", "-c", script], profile, extra.signal ?? never);
  started.push(child);
  return child;
}

const gone = async (pid: number) => {
  while ((await startOf(pid)) !== undefined) await new Promise((done) => setTimeout(done, 5));
};

/** Another program that uses the driver, as a daemon does, and can be killed like one. */
async function otherDaemon(script: string) {
  const driver = JSON.stringify(new URL("./index.ts", import.meta.url).href);
  const code = `
    import { hostSandbox } from ${driver};
    import { spawn } from "node:child_process";
    const profile = { cwd: ${JSON.stringify(folder)}, env: process.env, network: [], writable: [], label: "left behind" };
    const run = (script) =>
      hostSandbox({ children: ${JSON.stringify(children)} }).spawn(["/bin/sh", "-c", script], profile, new AbortController().signal);
    ${script}
    setInterval(() => undefined, 1000);`;
  const daemon = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(daemon.stdout, "data")) as [Buffer];
  return { daemon, said: said.toString().trim() };
}

describe("a child of the host driver", () => {
  it("is on record before it runs its first instruction", async () => {
    const child = await run(`cat ${children}/$$`);
    expect(JSON.parse(await text(child.stdout))).toEqual({
      pid: child.pid,
      started: expect.stringMatching(/./),
      label: "a test",
      mark: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it("is off record when it has ended", async () => {
    const child = await run("exit 3");
    expect(await child.exited).toEqual({ code: 3, signal: null });
    expect(await readdir(children)).toEqual([]);
  });

  it("that was never let go leaves when the one who holds it dies, and has done nothing", async () => {
    const stub = JSON.stringify(heldStub);
    const { daemon, said } = await otherDaemon(`
      const held = spawn("/bin/sh", ["-c", ${stub}, "held", "/bin/sh", "-c", "echo ran > ran"], {
        cwd: profile.cwd, detached: true, stdio: ["pipe", "pipe", "pipe", "ignore", "pipe"] });
      console.log(held.pid);`);
    expect(await startOf(Number(said))).toBeDefined();
    daemon.kill("SIGKILL");
    await gone(Number(said));
    expect(await readdir(folder)).toEqual([]);
  });

  it("sees the environment it was given and nothing of the daemon's", async () => {
    process.env["DAIMON_TOKEN"] = "dmn_secret";
    const child = await run("env", { env: { GIVEN: "yes" } });
    delete process.env["DAIMON_TOKEN"];
    const seen = await text(child.stdout);
    expect(seen).toContain("GIVEN=yes");
    expect(seen).not.toContain("dmn_secret");
  });

  it("speaks both ways on fd 3 when that was asked for", async () => {
    const child = await run("read -r line <&3; echo heard $line >&3", { channel: true });
    child.channel?.write("hello\n");
    expect(await text(child.channel as NonNullable<Child["channel"]>)).toBe("heard hello\n");
  });

  it("is killed with everything in its group", async () => {
    const child = await run("sleep 1000 & echo $!; wait");
    const [pid] = (await once(child.stdout, "data")) as [Buffer];
    child.kill("SIGTERM");
    expect((await child.exited).signal).toBe("SIGTERM");
    await gone(Number(pid));
  });

  it("leaves nothing of its group running when it ends by itself", async () => {
    const child = await run("sleep 1000 & echo $!");
    const [pid] = (await once(child.stdout, "data")) as [Buffer];
    await child.exited;
    await gone(Number(pid));
  });

  it("leaves nothing running that began a session of its own", async () => {
    if (process.platform !== "linux") return;
    const again = "setsid sh -c 'setsid sleep 1000 & echo $!; setsid sleep 1000 & echo $!'";
    const child = await run(`setsid sleep 1000 & echo $!; ${again}; cat <&0`);
    const pids: number[] = [];
    for await (const said of child.stdout) {
      pids.push(...(said as Buffer).toString().trim().split("\n").map(Number));
      if (pids.length === 3) break;
    }
    expect(await Promise.all(pids.map(startOf))).not.toContain(undefined);
    child.kill("SIGKILL");
    await child.exited;
    await Promise.all(pids.map(gone));
  });

  it("has ended when it has ended, though somebody else still holds its pipes", async () => {
    // A process outside the group keeps stdout open until its own stdin ends.
    const child = await run(`node -e '
      const { spawn } = require("node:child_process");
      const own = spawn("sleep", ["1000"], { detached: true, stdio: ["ignore", "inherit", "ignore"] });
      console.log(own.pid); process.exit(0)'`);
    const [pid] = (await once(child.stdout, "data")) as [Buffer];
    expect((await child.exited).code).toBe(0);
    process.kill(Number(pid), "SIGKILL");
  });

  it("ends when its signal is aborted", async () => {
    const controller = new AbortController();
    const child = await run("sleep 1000", { signal: controller.signal });
    controller.abort();
    expect((await child.exited).signal).toBe("SIGKILL");
  });

  it("does not start under a signal that is already aborted", async () => {
    await expect(run("echo no", { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
  });

  it("is refused in a folder that is not there, in words that say so", async () => {
    await rm(folder, { recursive: true });
    const profile = { cwd: join(folder, "nowhere"), env: {}, network: [], writable: [], label: "a test" };
    await expect(hostSandbox({ children }).spawn(["true"], profile, never)).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining("nowhere"),
    });
  });

  it("has ended though what is left of its group belongs to somebody else", async () => {
    const child = await run("exit 5");
    // Only sudo makes such a group, and not every machine has it.
    vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
    });
    expect(await child.exited).toEqual({ code: 5, signal: null });
    expect(await readdir(children)).toEqual([]);
  });

  it("can hear no signal once it has ended", async () => {
    const child = await run("exit 0");
    await child.exited;
    expect(() => child.kill("SIGKILL")).not.toThrow();
  });
});

describe("what a killed daemon leaves behind", () => {
  it("is ended by the next one, with its whole group", async () => {
    const { daemon, said } = await otherDaemon(`
      const child = await run("sleep 1000 & echo $!; wait");
      child.stdout.on("data", (pid) => console.log(child.pid + " " + pid));`);
    const [pid, inner] = said.split(" ").map(Number) as [number, number];
    daemon.kill("SIGKILL");
    await once(daemon, "exit");
    expect(await startOf(pid)).toBeDefined();

    expect(await reapOrphans(children)).toEqual([{ pid, label: "left behind" }]);
    expect(await startOf(pid)).toBeUndefined();
    await gone(inner);
    expect(await readdir(children)).toEqual([]);
  });

  it("is ended though the child itself is gone, with what began a session of its own", async () => {
    const { daemon, said } = await otherDaemon(`
      const child = await run("setsid sleep 1000 & echo $!; wait");
      child.stdout.on("data", (pid) => console.log(child.pid + " " + pid));`);
    const [pid, own] = said.split(" ").map(Number) as [number, number];
    daemon.kill("SIGKILL");
    await once(daemon, "exit");
    process.kill(pid, "SIGKILL");
    await gone(pid);
    expect(await startOf(own)).toBeDefined();

    expect(await reapOrphans(children)).toEqual([{ pid, label: "left behind" }]);
    await gone(own);
  });

  it("is left alone when its pid now belongs to another process", async () => {
    const child = await run("sleep 1000");
    const file = join(children, String(child.pid));
    const record = JSON.parse(await readFile(file, "utf8")) as { started: string };
    await writeFile(file, JSON.stringify({ ...record, started: record.started + "0", mark: "another" }));

    expect(await reapOrphans(children)).toEqual([]);
    expect(await startOf(child.pid)).toBeDefined();
    expect(await readdir(children)).toEqual([]);
  });

  it("is gone when it has ended, though its parent never asked how", async () => {
    const child = await run("true & echo $!; exec sleep 1000");
    const [pid] = (await once(child.stdout, "data")) as [Buffer];
    await gone(Number(pid));
    expect(await startOf(child.pid)).toBeDefined();
  });

  it("keeps no daemon from starting when it may not be ended", async () => {
    const child = await run("sleep 1000");
    const kill = vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
    });
    expect(await reapOrphans(children)).toEqual([]);
    kill.mockRestore();
    expect(await startOf(child.pid)).toBeDefined();
  });

  it("is nothing where no child was ever started, or a record is unreadable", async () => {
    expect(await reapOrphans(children)).toEqual([]);
    await (
      await run("exit 0")
    ).exited;
    await writeFile(join(children, "77"), '{"pid": 77, "sta');
    await writeFile(join(children, "1"), '{"pid": 1, "started": "x", "label": "init", "mark": "m"}');
    expect(await reapOrphans(children)).toEqual([]);
    expect(await readdir(children)).toEqual([]);
  });

  it("are all ended when the driver is closed, what they started with them, and no more are started", async () => {
    const driver = hostSandbox({ children });
    const profile = { cwd: folder, env: { PATH: path }, network: [], writable: [], label: "a test" };
    const begin = (script: string) => driver.spawn(["/bin/sh", "-c", script], profile, never);
    const [one, two] = await Promise.all([begin("sleep 1000"), begin("sleep 1000 & echo $!; wait")]);
    started.push(one, two);
    const [said] = (await once(two.stdout, "data")) as [Buffer];
    const halfway = begin("sleep 1000").catch((error: unknown) => error);
    await driver.close();
    expect(String(await halfway)).toContain("the daemon is stopping");
    await expect(begin("true")).rejects.toThrow("the daemon is stopping");
    expect((await Promise.all([one.exited, two.exited])).map(({ signal }) => signal)).toEqual(["SIGKILL", "SIGKILL"]);
    await gone(Number(said.toString()));
    expect(await readdir(children)).toEqual([]);
  });
});
