import { readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Where the files lie that are started or read by name and not imported: beside this one in the sources, beside the bundle that
 * contains it in the published package. All paths are real ones: a kernel may read nothing else.
 */
const bundled = !import.meta.url.endsWith(".ts");
const place = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const path = (relative: string) => realpathSync(place(relative));

export const assets = () => ({
  /** Entries of their own: the kernel process, its Python thread, and the maker of boot images. */
  kernel: bundled ? path("./pyodide-kernel.mjs") : path("./kernel.ts"),
  worker: bundled ? path("./pyodide-worker.mjs") : path("./worker.ts"),
  maker: bundled ? path("./pyodide-image.mjs") : path("./make-image.ts"),
  /** Everything the entries import lies in here. */
  code: bundled ? path(".") : path(".."),
  /** The Python modules that every runtime shares. */
  helpers: bundled ? path("./python") : path("../python"),
  /** A boot image made ahead: by the set-up of a clone, or when the package was built. */
  images: bundled ? place("./images") : place("../../../../../node_modules/.cache/daimon"),
  pyodide: realpathSync(dirname(createRequire(import.meta.url).resolve("pyodide/package.json"))),
});
export type Assets = ReturnType<typeof assets>;

/** Every helper module below the folder, by its path in there: always in the same order, always with slashes. */
export const helperFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".py"))
    .map((name) => name.replaceAll(sep, "/"))
    .toSorted();
