import { files } from "./files.ts";
import { git } from "./git.ts";
import type { Harm, Use } from "./harm.ts";
import { machine, makesDisk } from "./machine.ts";
import { services } from "./services.ts";

const harms = new Map(Object.entries({ ...files, ...machine, ...services, git }));

/** What one program would do that nobody can take back. */
export const harmOf = (use: Use): Harm | undefined => harms.get(use.program)?.(use) ?? makesDisk(use.program);

export const mayHarm = (program: string): boolean => harms.has(program) || makesDisk(program) !== undefined;
