import { DaimonError } from "@daimon/protocol";
import { fileIn, type Home } from "@daimon/protocol/client/home";
import { readFile, stat } from "node:fs/promises";

/** `startup.py` beside config.toml: read anew for each Python, so that an edit counts from the next one. */

const atMost = 1024 * 1024;

export async function readStartup(home: Home): Promise<{ path: string; code: string } | undefined> {
  const path = fileIn.startup(home);
  try {
    const { size } = await stat(path);
    if (size > atMost)
      throw new DaimonError("too_large", `${path} is larger than ${atMost / 1024} KiB; make it shorter`);
    return { path, code: await readFile(path, "utf8") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
