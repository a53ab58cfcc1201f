import { appendFile } from "node:fs/promises";
import { Type } from "typebox";
import type { Tool } from "../../packages/server/src/core/ports.ts";
import { defineTool } from "../../packages/server/src/tools/define.ts";

/** With these the daemon dies when the effect is there and nobody wrote that it is. */
export const lastWords = "and then nothing";

/** A tool that changes the world, so that it must be asked for and can be counted: it adds a line to a file. */
export const appendTool = (file: string): Tool =>
  defineTool({
    name: "append",
    about: "Adds a line to a file of the test.",
    input: Type.Object({ line: Type.String({ description: "What to add" }) }, { additionalProperties: false }),
    touches: "files",
    repeatable: false,
    parallel: false,
    show: ({ line }) => ({ text: `append ${line}` }),
    async *run({ line }) {
      yield { text: `adding ${line}\n` };
      await appendFile(file, `${line}\n`);
      if (line === lastWords) process.kill(process.pid, "SIGKILL");
      return { text: `added ${line}` };
    },
  });
