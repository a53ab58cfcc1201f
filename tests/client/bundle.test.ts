import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

/** Bundles an entry of the package the way a client does: through its name. */
async function bundle(entry: string) {
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: `export * from "${entry}"`,
      resolveDir: new URL("../../packages/cli", import.meta.url).pathname,
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    external: ["node:*"],
    metafile: true,
    write: false,
  });
  const code = outputFiles[0]!.contents;
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  return { inputs: Object.keys(metafile.inputs), imports, bytes: code.length, zipped: gzipSync(code).length };
}

describe("a client starts fast and runs in a browser, because", () => {
  test.each([
    ["@daimon/protocol", []],
    ["@daimon/protocol/client", []],
    ["@daimon/protocol/client/local", ["node:buffer", "node:net"]],
  ])("%s brings no schema library and of node only %j", async (entry, allowed) => {
    const { inputs, imports, bytes, zipped } = await bundle(entry);
    expect(inputs.filter((path) => path.includes("typebox") || path.includes("/schema/"))).toEqual([]);
    expect(inputs.filter((path) => path.includes("node_modules"))).toEqual([]);
    expect([...new Set(imports)].toSorted()).toEqual(allowed);
    process.stdout.write(
      `${entry}: ${(bytes / 1024).toFixed(1)} KiB minified, ${(zipped / 1024).toFixed(1)} gzipped\n`,
    );
  });

  test("this check would see the schema library", async () => {
    const { inputs } = await bundle("@daimon/protocol/schema");
    expect(inputs.some((path) => path.includes("typebox"))).toBe(true);
  });
});
