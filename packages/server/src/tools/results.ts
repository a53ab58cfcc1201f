import { DaimonError } from "@daimon/protocol";
import type { ToolContext } from "../core/ports.ts";

/** All of an earlier call's result, where a path is the name that the model was told of one; undefined where it is a file's. */
export async function resultNamed({ result }: Pick<ToolContext, "result">, path: string): Promise<Buffer | undefined> {
  if (!/^result:\d+$/.test(path)) return undefined;
  const bytes = await result(path);
  if (bytes) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw new DaimonError("not_found", `There is no ${path}. A file of that name is ./${path}.`);
}
