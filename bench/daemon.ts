import { join } from "node:path";
import { openScans } from "../packages/server/src/changes/index.ts";
import { openCatalogue } from "../packages/server/src/catalogue/index.ts";
import { fileCeilings, openRules } from "../packages/server/src/config/index.ts";
import { openGuard } from "../packages/server/src/guard/index.ts";
import { fileInstructions, isThere, openTrust, textIn } from "../packages/server/src/project/index.ts";
import { providers } from "../packages/server/src/providers/index.ts";
import { runDaemon } from "../packages/server/src/run.ts";
import { reapOrphans } from "../packages/server/src/sandboxes/host/children.ts";
import { hostSandbox } from "../packages/server/src/sandboxes/host/index.ts";
import { openBlobs } from "../packages/server/src/store/blobs/index.ts";
import { openSqliteStore } from "../packages/server/src/store/sqlite/index.ts";
import { checkInput } from "../packages/server/src/tools/check.ts";
import { tools } from "../packages/server/src/tools/index.ts";
import { sessionFiles } from "../packages/server/src/tools/undo/index.ts";
import { steadyProvider } from "./model.ts";
import { answerProbes } from "./probe.ts";

/** The product's daemon with models that cost nothing, so that what is measured is the daemon. */

answerProbes();
await runDaemon(({ home, settings, log, clock }) => {
  const models = [...providers(), steadyProvider];
  const children = join(home.run, "children");
  return {
    reapOrphans: () => reapOrphans(children),
    openStore: () => openSqliteStore({ file: join(home.state, "daimon.db"), clock, log }),
    openBlobs: () => openBlobs({ folder: join(home.state, "blobs"), clock }),
    startup: async () => undefined,
    keyring: { doors: () => [], keep: () => ({ file: "", shadowed: false }) },
    catalogue: openCatalogue(clock.now),
    sandbox: hostSandbox({ children }),
    providers: () => models,
    runtimes: [],
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
