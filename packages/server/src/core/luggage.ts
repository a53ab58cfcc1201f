import { DaimonError, prefixWithin, sizes, weightOf } from "@daimon/protocol";
import type { Blobs } from "./ports.ts";
import type { Given, RuledMethod } from "./rules.ts";

/** What a command brings that no event can hold: it is put away before the tick in which the command is decided. */

/** Long text goes into a blob, unless it came as one. */
export async function shorten(
  blobs: Blobs,
  method: RuledMethod,
  params: Given<RuledMethod>,
): Promise<Given<RuledMethod>> {
  if (method !== "session/input" && method !== "session/python") return params;
  const { text, code, whole: ahead } = params as { text?: string; code?: string; whole?: string };
  const written = text ?? code ?? "";
  if (ahead === undefined && weightOf(written) <= sizes.block) return params;
  const bytes = ahead === undefined ? new TextEncoder().encode(written) : await sentAhead(blobs, ahead, written);
  const most = method === "session/input" ? sizes.input : sizes.cell;
  if (bytes.length > most)
    throw new DaimonError(
      "too_large",
      `this is ${bytes.length} bytes and at most ${most} are taken; put it into a file`,
    );
  const words = ahead === undefined ? written : decoded(bytes);
  if (words.trim() === "") return { ...params, words: { text: "" } };
  if (weightOf(words) <= sizes.block) return { ...params, words: { text: words } };
  const whole = await blobs.put(bytes, "text/plain; charset=utf-8");
  await blobs.keep(params.sessionId, [whole.sha256]);
  return { ...params, words: { text: prefixWithin(words, sizes.halfBlock), whole } };
}

/** Text that no frame can carry is put as a blob first, and then named. */
async function sentAhead(blobs: Blobs, sha256: string, written: string): Promise<Uint8Array> {
  if (written !== "") throw new DaimonError("invalid", "give the text itself or the blob that holds it, not both");
  const bytes = await blobs.get(sha256);
  if (!bytes) throw new DaimonError("not_found", `there is no blob ${sha256}; put it first`);
  return bytes;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new DaimonError("invalid", "the blob is not valid UTF-8 text; convert it first", { cause: error });
  }
}

/** What an input refers to is there, and stays as long as its session. */
export async function keepBlobs(blobs: Blobs, params: Given<RuledMethod>): Promise<void> {
  const refs = "blobs" in params ? (params.blobs ?? []) : [];
  if (refs.length === 0) return;
  for (const { sha256 } of refs)
    if (!(await blobs.get(sha256, { start: 0, end: 0 })))
      throw new DaimonError("not_found", `there is no blob ${sha256}; put it first`);
  await blobs.keep(
    params.sessionId,
    refs.map(({ sha256 }) => sha256),
  );
}
