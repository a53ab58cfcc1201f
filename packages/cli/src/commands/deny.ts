import type { Arguments } from "../arguments.ts";
import type { Exit } from "../failure.ts";
import { answerApproval } from "./approve.ts";

export const command = (given: Arguments): Promise<Exit> => answerApproval(given, false);
