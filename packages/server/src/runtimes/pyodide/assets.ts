import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Where the files lie that are read by name and not imported: beside this one in the sources, beside the bundle that contains it
 * in the published package. All paths are real ones: a kernel may read nothing else.
 */
const bundled = import.meta.url.endsWith(".mjs");
const path = (relative: string) => realpathSync(fileURLToPath(new URL(relative, import.meta.url)));

export const assets = () => ({
  kernel: bundled ? path("./pyodide-kernel.mjs") : path("./kernel.ts"),
  worker: bundled ? path("./pyodide-worker.mjs") : path("./worker.ts"),
  /** Files the two entries import: their whole folder. */
  code: bundled ? path(".") : path(".."),
  helpers: bundled ? path("./python") : path("../python"),
  pyodide: realpathSync(dirname(createRequire(import.meta.url).resolve("pyodide/package.json"))),
});
