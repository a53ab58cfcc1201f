import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import process from "node:process";
import type { PyodideAPI } from "pyodide";
import { loadInterpreter } from "./interpreter.ts";

/** Starts a Python, imports what everyone imports, walks the usual ways once, and writes its memory to a file. */

const { pyodide: folder, helpers, file } = JSON.parse(process.argv[2] ?? "{}") as Record<string, string>;
const part = `${file}.${process.pid}.part`;
const target = String(file);

type Maker = PyodideAPI & { makeMemorySnapshot(): Uint8Array };
const python = (await loadInterpreter(
  { pyodide: String(folder), helpers: String(helpers), image: undefined },
  { image: true },
)) as Maker;
python.runPython("import _daimon.warmup; _daimon.warmup.run(); del _daimon");
const image = python.makeMemorySnapshot();

try {
  const out = openSync(part, "w", 0o600);
  for (let written = 0; written < image.length;) written += writeSync(out, image, written);
  fsyncSync(out);
  closeSync(out);
  renameSync(part, target);
} finally {
  rmSync(part, { force: true }); // a full disk shall not be filled by every try
}
// Pyodide leaves a message port open that nobody will ever use.
process.exit(0);
