// Makes the boot image of the embedded Python ahead of its first use. Speaks on stderr only; done at once when it is current.
import { assets } from "../packages/server/src/runtimes/pyodide/assets.ts";
import { ensureBootImage } from "../packages/server/src/runtimes/pyodide/index.ts";

await ensureBootImage(assets().images);
