import { type BlobRef, fit, sizes, type Value, weightOf } from "@daimon/protocol";
import type { Blobs } from "./ports.ts";

const inlineAtMost = 6 * 1024;
const typesAtMost = 16;
const typeAtMost = 100;
const handleAtMost = 200;

export const putText = (
  blobs: Pick<Blobs, "put">,
  text: string,
  type = "text/plain; charset=utf-8",
): Promise<BlobRef> => blobs.put(new TextEncoder().encode(text), type);

/** What Python displays as base64, as Jupyter has it; a blob has its bytes. */
const isBinary = (type: string) => /^(image\/(?!svg)|audio\/|video\/|application\/pdf)/.test(type);
const putPart = (blobs: Pick<Blobs, "put">, part: string, type: string): Promise<BlobRef> =>
  isBinary(type) ? blobs.put(Buffer.from(part, "base64"), type) : putText(blobs, part, type);

/**
 * A value that an event can hold, whatever Python, a tool or a plugin made of it: long text is cut, kept whole as a
 * blob, and the small parts of a bundle stay with it.
 */
export async function boundedValue(value: Value, blobs: Pick<Blobs, "put">, textAtMost: number): Promise<Value> {
  const { text, omitted } = fit(value.text, textAtMost);
  const bundle: Record<string, string | BlobRef> = {};
  let room = inlineAtMost;
  const parts = Object.entries(value.bundle ?? {}).filter(([type]) => weightOf(type) <= typeAtMost);
  for (const [type, part] of parts.slice(0, typesAtMost)) {
    const weight = typeof part === "string" ? weightOf(part) : 0;
    if (weight > room) bundle[type] = await putPart(blobs, part as string, type);
    else {
      bundle[type] = part;
      room -= weight;
    }
  }
  if (omitted > 0) bundle["text/plain"] = await putText(blobs, value.text);
  const lost = parts.length > typesAtMost || parts.length < Object.keys(value.bundle ?? {}).length;
  return {
    text,
    ...(omitted > 0 || lost || value.cut ? { cut: true as const } : {}),
    ...(Object.keys(bundle).length > 0 ? { bundle } : {}),
    ...(value.handle === undefined ? {} : { handle: fit(value.handle, handleAtMost).text }),
  };
}

/** The name under which a call's result is kept, where a model is told only a part of it. */
export const handleOf = (call: number): string => `result:${call}`;

/** All of the result of that name. */
export async function resultNamed(
  handle: string,
  result: (call: number) => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  const [, call] = /^result:(\d{1,15})$/.exec(handle) ?? [];
  return call === undefined ? undefined : result(Number(call));
}

/** The texts of results by the names that somebody gives them. */
export async function textsOf(
  handles: Readonly<Record<string, string>>,
  result: Parameters<typeof resultNamed>[1],
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  let bytes = 0;
  for (const [name, handle] of Object.entries(handles)) {
    const whole = await resultNamed(handle, result);
    if (!whole) throw new Error(`there is no ${handle}`);
    bytes += whole.length;
    if (bytes > sizes.cell)
      throw new Error(`its results are more than the ${sizes.cell / 1024 ** 2} MiB that a cell takes`);
    texts[name] = new TextDecoder().decode(whole);
  }
  return texts;
}

/** What is kept of a text that goes on and on. Past this it ends, and says so. */
const wholeAtMost = 8 * 1024 * 1024;

/** Everything that was said, for a blob, where an event holds only its first and last part. */
export class Spool {
  readonly #parts: string[] = [];
  #said = 0;

  add(text: string): void {
    const room = wholeAtMost - this.#said;
    if (room > 0) this.#parts.push(text.slice(0, room));
    this.#said += text.length;
  }

  put(blobs: Pick<Blobs, "put">): Promise<BlobRef> {
    const end = this.#said > wholeAtMost ? "\n[... the rest of the output was not kept ...]\n" : "";
    return putText(blobs, this.#parts.join("") + end);
  }
}
