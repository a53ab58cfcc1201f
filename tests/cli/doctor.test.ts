import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failing, json, startVendor } from "../providers/server.ts";
import { house } from "./daimon.ts";

const unconfined = '[sandbox]\ndriver = "none"\n';

test("doctor says of each thing that it is well, and of a provider that does not take its key what to do", async () => {
  const vendor = await startVendor(({ headers }) =>
    headers.authorization === "Bearer good-key-1234"
      ? json({ data: [{ id: "m" }] })
      : failing(401, { error: { message: "no such key" } }),
  );
  try {
    await using mia = await house();
    const config = join(mia.home, "config");
    mkdirSync(config, { recursive: true, mode: 0o700 });
    const table = (name: string) =>
      `[providers.${name}]\nurl = "${vendor.url}/v1"\nkey = "$${name.toUpperCase()}_KEY"\n`;
    writeFileSync(join(config, "config.toml"), table("good") + table("bad") + table("keyless") + unconfined);
    // Whoever wants no sandbox is not told that there is none.
    const env = { GOOD_KEY: "good-key-1234", BAD_KEY: "bad-key-1234" };
    const { code, stdout } = await mia.daimon(["doctor", "--json"], { env });
    const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean; says: string }[] };
    expect(checks.map(({ name, ok }) => [name, ok])).toEqual([
      ["node", true],
      ["home", true],
      ["daemon", true],
      ["disk", true],
      ["sandbox", true],
      ["python pyodide", true],
      ["python cpython", true],
      ["provider good", true],
      ["provider bad", false],
    ]);
    expect(checks.at(-1)?.says).toBe('bad does not accept the key (401): no such key; run "daimon login bad"');
    expect(checks.find(({ name }) => name.startsWith("python"))?.says).toMatch(/^Python 3\.\d+.* answers in .* image/);
    expect(code).toBe(1);
    const lines = (await mia.daimon(["doctor"])).stdout.split("\n");
    expect(lines.filter((line) => line.startsWith("BROKEN"))).toEqual([expect.stringContaining("provider bad")]);
    // Its Python was nobody's: none stays.
    await expect.poll(() => readdirSync(join(mia.home, "run", "children")), { timeout: 10_000 }).toEqual([]);
  } finally {
    await vendor.close();
  }
});

test("doctor goes as far as it can: a home that others can look into is told, and how to close it", async () => {
  await using mia = await house();
  mkdirSync(join(mia.home, "state"), { recursive: true, mode: 0o700 });
  chmodSync(mia.home, 0o755);
  const { code, stdout } = await mia.daimon(["doctor"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^BROKEN {2}home +others can reach into .*; run: chmod 700/m);
  expect(stdout).toMatch(/^BROKEN {2}daemon +no daemon could be started: /m);
  chmodSync(mia.home, 0o700);
});

test("a machine without a Python of its own is well: the sealed one is there", async () => {
  await using mia = await house();
  const place = await mia.room();
  const { stdout } = await place.daimon(["doctor", "--json"], { env: { PATH: "/nowhere" } });
  const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean; says: string }[] };
  expect(checks.find(({ name }) => name === "python cpython")).toMatchObject({
    ok: true,
    says: expect.stringMatching(/^none here: /),
  });
});
