import type { Row } from "../harness.ts";
import { approvals } from "./approvals.ts";
import { attach } from "./attach.ts";
import { bash } from "./bash.ts";
import { commits } from "./commits.ts";
import { context } from "./context.ts";
import { files } from "./files.ts";
import { kernels } from "./kernels.ts";
import { load } from "./load.ts";
import { memory } from "./memory.ts";
import { models } from "./models.ts";
import { oneShot } from "./one-shot.ts";
import { python } from "./python.ts";
import { ready } from "./ready.ts";
import { relay } from "./relay.ts";
import { sandbox } from "./sandbox.ts";
import { sessions } from "./sessions.ts";
import { version } from "./version.ts";
import { views } from "./views.ts";

/** Every row of the table, in its order. */
export const rows: readonly Row[] = [
  version,
  attach,
  ready,
  oneShot,
  relay,
  models,
  context,
  sessions,
  approvals,
  views,
  memory,
  load,
  commits,
  files,
  bash,
  sandbox,
  python,
  kernels, //
];
