import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { PyodideAPI, PyodideConfig } from "pyodide";
import { sealAfterLoading, sealBeforeLoading } from "./seal.ts";

/** Loads the sealed Pyodide with the helper modules, from a memory image when there is one. */

const memoryPages = (512 * 1024 * 1024) / 65536;

export type Interpreter = { pyodide: PyodideAPI; handle: (request: string) => string; python: string };
type Places = { pyodide: string; helpers: string; image: string | undefined };
type Loader = typeof import("pyodide");

export async function loadInterpreter(places: Places, options: PyodideConfig & { _makeSnapshot?: boolean } = {}) {
  const image = places.image === undefined ? undefined : readFileSync(places.image);
  const lockFileContents = readFileSync(`${places.pyodide}/pyodide-lock.json`, "utf8");
  sealBeforeLoading(memoryPages);
  const { loadPyodide } = (await import(pathToFileURL(`${places.pyodide}/pyodide.mjs`).href)) as Loader;
  const pyodide = await loadPyodide({
    indexURL: `${places.pyodide}/`,
    packageBaseUrl: "/",
    lockFileContents,
    jsglobals: Object.create(null) as object,
    enableRunUntilComplete: false,
    env: { HOME: "/home/user", USER: "user" },
    ...(image === undefined ? {} : { _loadSnapshot: image }),
    ...options,
  });
  if (image === undefined) installHelpers(pyodide, places.helpers);
  sealAfterLoading();
  return pyodide;
}

function installHelpers(pyodide: PyodideAPI, folder: string): void {
  pyodide.FS.mkdirTree("/lib/daimon/_daimon");
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".py")) pyodide.FS.writeFile(`/lib/daimon/_daimon/${name}`, readFileSync(`${folder}/${name}`));
  }
  pyodide.runPython(`
import sys
sys.path.append("/lib/daimon")
import _daimon.kernel
_daimon.kernel.prepare()
del sys, _daimon
`);
}
