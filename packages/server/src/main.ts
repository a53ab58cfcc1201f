import "./home/guard.ts";
import { fileIn, findSocket, type Home } from "@daimon/protocol/client/home";
import { dirname, join } from "node:path";
import { openCatalogue } from "./catalogue/index.ts";
import { openScans } from "./changes/index.ts";
import { fileCeilings, madeOf, openRules, providersOf, readStartup } from "./config/index.ts";
import { openGuard } from "./guard/index.ts";
import { fileInstructions, isThere, openTrust, textIn } from "./project/index.ts";
import { openKeyring, openSignIns } from "./keyring/index.ts";
import { doorsOf, providers, servers, withSignIns } from "./providers/index.ts";
import { runDaemon } from "./run.ts";
import { cpythonRuntime } from "./runtimes/cpython/index.ts";
import { findBubblewrap, pyodideRuntime } from "./runtimes/pyodide/index.ts";
import { under } from "./runtimes/under.ts";
import { reapOrphans } from "./sandboxes/host/children.ts";
import { hostSandbox } from "./sandboxes/host/index.ts";
import { openSandbox } from "./sandboxes/index.ts";
import { openBlobs } from "./store/blobs/index.ts";
import { openSqliteStore } from "./store/sqlite/index.ts";
import { checkInput } from "./tools/check.ts";
import { tools } from "./tools/index.ts";
import { sessionFiles } from "./tools/undo/index.ts";

/** The daemon of daimon: the only file that knows every adapter. */

void runDaemon(({ home, settings, log, clock }) => {
  const children = join(home.run, "children");
  const host = hostSandbox({ children });
  const bubblewrap = findBubblewrap();
  const sandbox = openSandbox({
    host,
    bubblewrap,
    hidden: () => [home.state, home.config, home.run, ...socketFolder(home)],
    folder: join(home.run, "sandbox"),
    settings: () => settings.now().config.sandbox,
    log,
  });
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
    sandbox,
    startup: () => readStartup(home),
    providers: madeOf(configured, (all) => providers(all)),
    runtimes: [
      under(host, pyodideRuntime({ images: join(home.state, "images"), log, bubblewrap })),
      cpythonRuntime({
        cache: join(home.state, "compiled"),
        env: process.env,
        hidden: () => configured().flatMap(({ variable }) => variable ?? []),
        asked: sandbox,
      }),
    ],
    tools,
    guard: openGuard(),
    rules: openRules(home.config),
    instructions: fileInstructions,
    trust: openTrust({ folder: home.state, below: () => settings.last.config.trust, log }),
    ceilings: fileCeilings({ read: textIn, isThere, tools: tools.map(({ name }) => name) }),
    files: sessionFiles,
    scans: openScans({ folder: join(home.state, "scans"), path: process.env["PATH"], log }),
    checkInput,
  };
});

/** The socket may lie elsewhere, where its path would be too long. */
const socketFolder = (home: Home): string[] => {
  const socket = findSocket(home);
  return socket === undefined ? [] : [dirname(socket)];
};
