import "../packages/server/src/home/guard.ts";
import { join } from "node:path";
import { fileIn } from "../packages/protocol/src/client/folders.ts";
import { openCatalogue } from "../packages/server/src/catalogue/index.ts";
import { openScans } from "../packages/server/src/changes/index.ts";
import { fileCeilings, madeOf, openRules, providersOf, readStartup } from "../packages/server/src/config/index.ts";
import { openGuard } from "../packages/server/src/guard/index.ts";
import { fileInstructions, isThere, openTrust, textIn } from "../packages/server/src/project/index.ts";
import { openKeyring, openSignIns } from "../packages/server/src/keyring/index.ts";
import { doorsOf, providers, servers, withSignIns } from "../packages/server/src/providers/index.ts";
import { runDaemon } from "../packages/server/src/run.ts";
import { cpythonRuntime } from "../packages/server/src/runtimes/cpython/index.ts";
import { pyodideRuntime } from "../packages/server/src/runtimes/pyodide/index.ts";
import { reapOrphans } from "../packages/server/src/sandboxes/host/children.ts";
import { hostSandbox } from "../packages/server/src/sandboxes/host/index.ts";
import { openBlobs } from "../packages/server/src/store/blobs/index.ts";
import { openSqliteStore } from "../packages/server/src/store/sqlite/index.ts";
import { checkInput } from "../packages/server/src/tools/check.ts";
import { tools } from "../packages/server/src/tools/index.ts";
import { sessionFiles } from "../packages/server/src/tools/undo/index.ts";
import { scriptedProvider } from "./daemon-process/scripted.ts";
import { appendTool } from "./daemon-process/tools.ts";
import { dyingStore } from "./dying-store.ts";

/**
 * The daemon of the tests: main.ts with one provider and one tool more. Its script is the file that DAIMON_TEST_SCRIPT names;
 * DAIMON_TEST_LAST_WORDS names the file that says when it dies, DAIMON_TEST_LOCAL is where servers of this machine are looked for.
 */

process.on("SIGUSR2", () => {
  throw new Error("a bug that a test asked for");
});

// Whatever runs on the machine of who runs the tests is not looked for.
const local = process.env["DAIMON_TEST_LOCAL"] ?? "http://127.0.0.1:1";
const at = <S extends object>(name: string, server: S) => ({ ...server, baseURL: `${local}/${name}/v1` });
const elsewhere = {
  ollama: at("ollama", servers.ollama),
  lmstudio: at("lmstudio", servers.lmstudio),
  llamacpp: at("llamacpp", servers.llamacpp),
  vllm: at("vllm", servers.vllm),
};
const lastWords = process.env["DAIMON_TEST_LAST_WORDS"];
const script = process.env["DAIMON_TEST_SCRIPT"];

void runDaemon(({ home, settings, log, clock }) => {
  const children = join(home.run, "children");
  const signInAt = openSignIns({ file: fileIn.signIns(home), clock, log });
  const offered = [...tools, appendTool(join(home.state, "effects"))];
  const configured = madeOf(
    () => settings.now(),
    ({ config, env }) => withSignIns(providersOf(config.providers, env, { ...servers, ...elsewhere }), signInAt),
  );
  return {
    reapOrphans: () => reapOrphans(children),
    openStore: () => {
      const store = openSqliteStore({ file: join(home.state, "daimon.db"), clock, log });
      return lastWords ? dyingStore(store, lastWords) : store;
    },
    openBlobs: () => openBlobs({ folder: join(home.state, "blobs"), clock }),
    catalogue: openCatalogue(clock.now),
    keyring: openKeyring({ doors: () => doorsOf(configured()), file: fileIn.keys(home), env: process.env }),
    sandbox: hostSandbox({ children }),
    startup: () => readStartup(home),
    providers: madeOf(configured, (all) => [...providers(all), ...(script ? [scriptedProvider(script)] : [])]),
    runtimes: [
      pyodideRuntime({ images: join(home.state, "images"), log }),
      cpythonRuntime({ cache: join(home.state, "compiled"), env: process.env, hidden: () => [] }),
    ],
    tools: offered,
    guard: openGuard(),
    rules: openRules(home.config),
    instructions: fileInstructions,
    trust: openTrust({ folder: home.state, below: () => settings.last.config.trust, log }),
    ceilings: fileCeilings({ read: textIn, isThere, tools: offered.map(({ name }) => name) }),
    files: sessionFiles,
    scans: openScans({ folder: join(home.state, "scans"), path: process.env["PATH"], log }),
    checkInput,
  };
});
