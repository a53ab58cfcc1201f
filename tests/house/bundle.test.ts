import { build } from "esbuild";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findSocket, homeOf } from "../../packages/protocol/src/client/folders.ts";
import { bundles, external, root } from "../../scripts/bundle.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "bundle-"));
const dist = join(folder, "dist");
const env = { ...process.env, DAIMON_HOME: join(folder, "home"), DAIMON_TOKEN: "" };
let daemon: ChildProcess | undefined;

beforeAll(() => run(process.execPath, [join(root, "scripts/build.ts"), dist]), 60_000);
afterAll(async () => {
  if (daemon?.exitCode === null && daemon.kill()) await once(daemon, "exit");
  rmSync(folder, { recursive: true });
});

/** The files that go into a bundle. */
async function inputsOf(name: string): Promise<string[]> {
  const { metafile } = await build({ ...bundles[name], write: false, metafile: true, outdir: dist });
  return Object.keys(metafile.inputs);
}

test("the command starts fast: no library goes into its bundle", async () => {
  const inputs = await inputsOf("daimon-main.cjs");
  expect(inputs).toContain("packages/cli/src/main.ts");
  expect(inputs.filter((path) => path.includes("node_modules") || path.startsWith("packages/server"))).toEqual([]);
});

test("no vendor's SDK goes into the daemon's bundle, and each is found from beside it", async () => {
  const inputs = await inputsOf("daemon-main.cjs");
  expect(inputs).toContain("packages/server/src/providers/anthropic/index.ts");
  expect(inputs.filter((path) => /node_modules\/(?:@anthropic-ai|@google|openai)\//.test(path))).toEqual([]);
  const found = `Promise.all(${JSON.stringify(external)}.map((name) => import(name))).then(() => console.log("found"))`;
  const { stdout } = await run(process.execPath, ["-e", found], { cwd: dist });
  expect(stdout).toBe("found\n");
});

test.each(Object.keys(bundles))("%s holds nothing that is only there for tests or measuring", async (name) => {
  const inputs = await inputsOf(name);
  expect(inputs.filter((path) => /^(tests|bench|scripts)\/|\.test\.ts$|^packages.*scripted/.test(path))).toEqual([]);
});

test("the daemon's bundle starts, answers /health, and its Python works", async () => {
  daemon = spawn(process.execPath, [join(dist, "daemon.cjs")], { env, stdio: ["ignore", "pipe", "inherit"] });
  await once(daemon.stdout!, "data");
  expect(await get("/health")).toMatchObject({ ok: true, protocol: 1 });
  const { stdout } = await run(process.execPath, [join(dist, "daimon.cjs"), "py", "6*7"], { env, cwd: folder });
  expect(stdout).toBe("42\n");
});

test("the guard reads commands beside the bundle as it does in a clone", async () => {
  const guard = join(root, "packages/server/src/guard/index.ts");
  await build({ ...bundles["daemon-main.cjs"], entryPoints: [guard], outfile: join(dist, "guard.cjs") });
  const judge = `require("./guard.cjs").openGuard().judge("cd x && (rm -rf ..)", { cwd: "/a/b", roots: ["/a/b"], home: "/a" })
    .then(({ why }) => console.log(why))`;
  const { stdout } = await run(process.execPath, ["-e", judge], { cwd: dist });
  expect(stdout).toBe("rm deletes ..\n");
});

test("compiled code that was damaged on the disk is not run: the daemon starts without it", async () => {
  const kept = await compiledCode(join(dist, ".compiled"));
  writeFileSync(kept, readFileSync(kept).fill(0x5a, 100_000, 100_064));
  const other = { ...env, DAIMON_HOME: join(folder, "other") };
  const child = spawn(process.execPath, [join(dist, "daemon.cjs")], {
    env: other,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const first = await Promise.race([once(child.stdout, "data"), exited]);
  expect(String(first[0])).toContain("listens");
  child.kill();
  await exited;
});

test("what a command compiled is kept for its next start, of whole runs only, and made anew when it was damaged", async () => {
  const daimon = (...words: string[]) =>
    run(process.execPath, [join(dist, "daimon.cjs"), ...words], { env, cwd: folder });
  const kept = () => readdirSync(join(dist, ".compiled")).filter((name) => name.startsWith("status-"));
  await daimon("status", "--help");
  await expect(daimon("status", "nonsense")).rejects.toMatchObject({ code: 2 });
  expect(kept()).toEqual([]);
  await daimon("status");
  const [name = ""] = kept();
  const file = join(dist, ".compiled", name);
  const made = readFileSync(file);
  await daimon("status");
  expect(readFileSync(file).equals(made)).toBe(true);
  writeFileSync(file, Buffer.from(made).fill(0x5a, 40_000, 60_000));
  expect(await daimon("status")).toMatchObject({ stdout: expect.stringContaining("runs (pid") as string, stderr: "" });
  expect(
    readFileSync(file)
      .subarray(40_000, 60_000)
      .every((byte) => byte === 0x5a),
  ).toBe(false);
  expect(kept()).toEqual([name]);
});

/** What the daemon that was started above keeps of its own code once it has been up for a while. */
async function compiledCode(place: string): Promise<string> {
  const made = watch(dist, { recursive: true });
  try {
    for (;;) {
      const name = existsSync(place)
        ? readdirSync(place).find((one) => !/\.\d+$/.test(one) && one.startsWith("daemon-"))
        : "";
      if (name) return join(place, name);
      await once(made, "change");
    }
  } finally {
    made.close();
  }
}

test.each(["daimon.cjs", "daemon.cjs"])("%s says on an old Node, in one line, which one it needs", async (name) => {
  const old = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })`;
  const started = run(process.execPath, [
    "--import",
    `data:text/javascript,${encodeURIComponent(old)}`,
    join(dist, name),
  ]);
  const sentence = /^daimon: Node \d+ or newer is needed \(this is v[\d.]+\); install it from \S+\n$/;
  await expect(started).rejects.toMatchObject({
    code: 3,
    stdout: "",
    stderr: expect.stringMatching(sentence) as string,
  });
});

function get(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: findSocket(homeOf(env)), path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(JSON.parse(text)));
    });
    asked.on("error", reject).end();
  });
}
