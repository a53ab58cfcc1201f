import { version } from "@daimon/protocol";

// What most people wait for comes first: the version, and the first prompt. Everything else is imported after it.
const wanted = 24;

async function main(argv: readonly string[]): Promise<void> {
  if (Number(process.versions.node.split(".")[0]) < wanted) {
    process.stderr.write(
      `daimon: Node ${wanted} or newer is needed, this is ${process.version}; install it from https://nodejs.org\n`,
    );
    process.exitCode = 3;
    return;
  }
  const fs = process.getBuiltinModule("node:fs");
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    fs.writeSync(1, `${version}\n`);
    return;
  }
  const paint = opensHere(argv) ? await import("./term/first.ts") : undefined;
  const painted = paint?.firstPrompt();
  // In source, stripping types from every file is most of the start; a bundle has a cache of its own. Inside the clone, where
  // nobody else writes: code from a shared folder would be code from anybody.
  if (import.meta.filename?.endsWith(".ts")) {
    const cache = new URL("../../../node_modules/.cache/compiled", import.meta.url).pathname;
    process.getBuiltinModule("node:module").enableCompileCache(cache);
  }
  const { cli } = await import("./cli.ts");
  process.exitCode = await cli(argv, painted);
}

/** Whether the command line surely opens the terminal client, told without reading it whole. */
const opensHere = (argv: readonly string[]): boolean =>
  (argv.length === 0 || (argv[0] === "attach" && argv.length <= 2)) && !argv.some((arg) => arg.startsWith("-"));

void main(process.argv.slice(2));
