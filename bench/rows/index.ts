import type { Row } from "../harness.ts";
import { attach } from "./attach.ts";
import { oneShot } from "./one-shot.ts";
import { ready } from "./ready.ts";
import { sessions } from "./sessions.ts";
import { version } from "./version.ts";

/** Every row of the table, in its order. */
export const rows: readonly Row[] = [
  version,
  attach,
  ready,
  oneShot,
  sessions, //
];
