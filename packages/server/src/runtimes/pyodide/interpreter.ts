import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { pathToFileURL } from "node:url";
import type { PyodideAPI } from "pyodide";
import { helperFiles } from "./assets.ts";
import { fileSystemOf, limitFiles } from "./filesystem.ts";
import { readWhole, sealAfterLoading, sealBeforeLoading } from "./seal.ts";

/** Loads the sealed Pyodide with the helper modules, from a memory image when there is one. */

const memoryBytes = 512 * 1024 * 1024;
const fileBytes = 256 * 1024 * 1024;

export type Places = { pyodide: string; helpers: string; image: string | undefined };
/** Its published type of options knows nothing of memory images. */
type Loader = { loadPyodide(options: object): Promise<PyodideAPI> };

export async function loadInterpreter(
  places: Places,
  making: { image: boolean } = { image: false },
): Promise<PyodideAPI> {
  const image = places.image === undefined ? undefined : readWhole(places.image);
  const lockFileContents = readFileSync(`${places.pyodide}/pyodide-lock.json`, "utf8");
  const helpers = image === undefined ? readHelpers(places.helpers) : [];
  sealBeforeLoading(memoryBytes, image?.byteLength ?? 0);
  const { loadPyodide } = (await import(pathToFileURL(`${places.pyodide}/pyodide.mjs`).href)) as Loader;
  const pyodide = await loadPyodide({
    indexURL: `${places.pyodide}/`,
    packageBaseUrl: "/",
    lockFileContents,
    jsglobals: Object.create(null),
    enableRunUntilComplete: false,
    env: { HOME: "/home/user", USER: "user", LOGNAME: "user" },
    ...(image === undefined ? {} : { _loadSnapshot: image }),
    ...(making.image ? { _makeSnapshot: true } : {}),
  });
  sealAfterLoading();
  image?.transfer(0); // Pyodide's configuration would keep it
  if (image === undefined) installHelpers(pyodide, helpers);
  // An image keeps the bridges to JavaScript: Pyodide looks for them when it starts from one.
  if (!making.image) pyodide.runPython("import _daimon.sealed; _daimon.sealed.install(); del _daimon");
  limitFiles(fileSystemOf(pyodide), fileBytes);
  return pyodide;
}

type Helper = { name: string; source: Uint8Array };

const readHelpers = (folder: string): Helper[] =>
  helperFiles(folder).map((name) => ({ name, source: readFileSync(`${folder}/${name}`) }));

function installHelpers(pyodide: PyodideAPI, helpers: Helper[]): void {
  const fs = fileSystemOf(pyodide);
  for (const { name, source } of helpers) {
    const file = `/lib/daimon/_daimon/${name}`;
    fs.mkdirTree(posix.dirname(file));
    fs.writeFile(file, source);
  }
  pyodide.runPython(`
import sys
sys.path.append("/lib/daimon")
import _daimon.embedded, _daimon.kernel, _daimon.sealed
_daimon.kernel.prepare()
del sys, _daimon
`);
}
