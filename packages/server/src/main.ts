import "./home/guard.ts";
import { fileIn } from "@daimon/protocol/client/home";
import { join } from "node:path";
import { openCatalogue } from "./catalogue/index.ts";
import { fileCeilings, madeOf, openRules, providersOf, readStartup } from "./config/index.ts";
import { openGuard } from "./guard/index.ts";
import { fileInstructions, isThere, openTrust, textIn } from "./project/index.ts";
import { openKeyring, openSignIns } from "./keyring/index.ts";
import { doorsOf, providers, servers, withSignIns } from "./providers/index.ts";
import { runDaemon } from "./run.ts";
import { cpythonRuntime } from "./runtimes/cpython/index.ts";
import { findBubblewrap, pyodideRuntime } from "./runtimes/pyodide/index.ts";
import { reapOrphans } from "./sandboxes/host/children.ts";
import { hostSandbox } from "./sandboxes/host/index.ts";
import { openBlobs } from "./store/blobs/index.ts";
import { openSqliteStore } from "./store/sqlite/index.ts";
import { checkInput } from "./tools/check.ts";
import { tools } from "./tools/index.ts";

/** The daemon of daimon: the only file that knows every adapter. */

void runDaemon(({ home, settings, log, clock }) => {
  const children = join(home.run, "children");
  const signInAt = openSignIns({ file: fileIn.signIns(home), clock, log });
  const configured = madeOf(
    () => settings.now(),
    ({ config, env }) => withSignIns(providersOf(config.providers, env, servers), signInAt),
  );
  return {
    reapOrphans: () => reapOrphans(children),
    openStore: () => openSqliteStore({ file: join(home.state, "daimon.db"), clock, log }),
    openBlobs: () => openBlobs({ folder: join(home.state, "blobs"), clock }),
    catalogue: openCatalogue(clock.now),
    keyring: openKeyring({ doors: () => doorsOf(configured()), file: fileIn.keys(home), env: process.env }),
    sandbox: hostSandbox({ children }),
    startup: () => readStartup(home),
    providers: madeOf(configured, (all) => providers(all)),
    runtimes: [
      pyodideRuntime({ images: join(home.state, "images"), log, bubblewrap: findBubblewrap() }),
      cpythonRuntime({
        cache: join(home.state, "compiled"),
        env: process.env,
        hidden: () => configured().flatMap(({ variable }) => variable ?? []),
      }),
    ],
    tools,
    guard: openGuard(),
    rules: openRules(home.config),
    instructions: fileInstructions,
    trust: openTrust({ folder: home.state, below: () => settings.last.config.trust, log }),
    ceilings: fileCeilings({ read: textIn, isThere, tools: tools.map(({ name }) => name) }),
    checkInput,
  };
});
