import type { Readable, Writable } from "node:stream";

/** Frames between the daemon and a kernel: the length as four bytes, little end first, then JSON. Both ends load only this. */

/** A cell's code may be 8 MiB and JSON may write six bytes for one. */
export const maxRequest = 64 * 1024 * 1024;
export const maxReply = 8 * 1024 * 1024;

const headerBytes = 4;

export function writeFrame(stream: Writable, frame: object): void {
  const text = JSON.stringify(frame);
  const bytes = Buffer.allocUnsafe(headerBytes + Buffer.byteLength(text));
  bytes.writeUInt32LE(bytes.length - headerBytes, 0);
  bytes.write(text, headerBytes);
  stream.write(bytes);
}

/** Calls for every frame. A frame that is too large or is no JSON ends the reading: nothing after it can be trusted. */
export function readFrames(
  stream: Readable,
  limit: number,
  onFrame: (frame: unknown) => void,
  onNonsense: (why: string) => void,
): void {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = headerBytes;
  let inBody = false;

  const take = (): Buffer => {
    const all = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, held);
    const taken = all.subarray(0, wanted);
    held -= wanted;
    parts = held > 0 ? [all.subarray(wanted)] : [];
    return taken;
  };

  const stop = (why: string) => {
    stream.removeListener("data", onData);
    onNonsense(why);
  };

  const onData = (chunk: Buffer) => {
    parts.push(chunk);
    held += chunk.length;
    while (held >= wanted) {
      const taken = take();
      if (!inBody) {
        wanted = taken.readUInt32LE(0);
        if (wanted > limit) return stop(`a frame of ${wanted} bytes, ${limit} are allowed`);
        inBody = true;
        continue;
      }
      wanted = headerBytes;
      inBody = false;
      const frame = parse(taken);
      if (frame === undefined) return stop("a frame that is no JSON");
      onFrame(frame);
    }
  };
  stream.on("data", onData);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
