import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openKeyring } from "./index.ts";

function place(): { file: string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "keyring-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { folder, file: join(folder, ".env") };
}
const ring = (file: string, env: Record<string, string> = {}) => openKeyring({ doors: () => [], file, env });

test("only another key in the environment goes before the one that is kept", () => {
  const { file } = place();
  expect(ring(file).keep("A_KEY", "one-key-1234")).toEqual({ file, shadowed: false });
  expect(ring(file, { A_KEY: "one-key-1234" }).keep("A_KEY", "one-key-1234")).toEqual({ file, shadowed: false });
  expect(ring(file, { A_KEY: "another-key" }).keep("A_KEY", "one-key-1234")).toEqual({ file, shadowed: true });
  expect(ring(file, { A_KEY: "" }).keep("A_KEY", "one-key-1234")).toEqual({ file, shadowed: false });
  expect(readFileSync(file, "utf8")).toBe("A_KEY=one-key-1234\n");
});

test("a file that is a link stays one, and what it leads to becomes its owner's alone", () => {
  const { file, folder } = place();
  const real = join(folder, "elsewhere");
  writeFileSync(real, "# mine\n");
  chmodSync(real, 0o644);
  symlinkSync(real, file);
  ring(file).keep("A_KEY", "one-key-1234");
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect([readFileSync(real, "utf8"), statSync(real).mode & 0o777]).toEqual(["# mine\nA_KEY=one-key-1234\n", 0o600]);
});

test("what is no text is left as it is, and a place that takes no file is named", () => {
  const { file, folder } = place();
  writeFileSync(file, Buffer.from([0x41, 0xff, 0x0a]));
  expect(() => ring(file).keep("A_KEY", "one-key-1234")).toThrow(`${file} is not UTF-8 text; save it as UTF-8`);
  expect(readFileSync(file)).toEqual(Buffer.from([0x41, 0xff, 0x0a]));
  const nowhere = join(folder, "no", ".env");
  expect(() => ring(nowhere).keep("A_KEY", "one-key-1234")).toThrow(
    /^\S+ cannot be written \(ENOENT.*make it writable/,
  );
});
