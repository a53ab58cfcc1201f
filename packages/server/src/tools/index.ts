import type { Tool } from "../core/ports.ts";
import { ask } from "./ask/index.ts";
import { bash } from "./bash/index.ts";
import { bashKill, bashOutput } from "./bash/following.ts";
import { capabilities } from "./capabilities/index.ts";
import { remove } from "./delete/index.ts";
import { edit } from "./edit/index.ts";
import { find } from "./find/index.ts";
import { git } from "./git/index.ts";
import { grep } from "./grep/index.ts";
import { ls } from "./ls/index.ts";
import { move } from "./move/index.ts";
import { plan } from "./plan/index.ts";
import { python } from "./python/index.ts";
import { read } from "./read/index.ts";
import { write } from "./write/index.ts";

/** Every tool of the daemon: one folder and one line each. */
export const tools: readonly Tool[] = [
  read,
  ls,
  find,
  grep,
  write,
  edit,
  move,
  remove,
  bash,
  bashOutput,
  bashKill,
  git,
  python,
  plan,
  ask,
  ...capabilities,
];
