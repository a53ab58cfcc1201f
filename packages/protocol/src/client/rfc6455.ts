import { isUtf8 } from "node:buffer";

/** WebSocket frames as a client meets them: what a server sends is read, what a client sends is written. */

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export type FrameEvents = {
  text(text: string): void;
  ping(payload: Buffer): void;
  closed(code: number, reason: string): void;
  /** The server broke the protocol: close with this code. Nothing is read after it. */
  broken(code: 1002 | 1007 | 1009, reason: string): void;
};

class Broken extends Error {
  readonly code: 1002 | 1007 | 1009;
  constructor(code: 1002 | 1007 | 1009, message: string) {
    super(message);
    this.code = code;
  }
}

type Header = { first: number; masked: boolean; start: number; size: number };

/** The header at the beginning of `bytes`, or how many bytes it takes to read it. */
function headerOf(bytes: Buffer): Header | number {
  if (bytes.length < 2) return 2;
  const short = bytes[1]! & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return start;
  const size =
    short < 126
      ? short
      : short === 126
        ? bytes.readUInt16BE(2)
        : bytes.readUInt32BE(2) * 2 ** 32 + bytes.readUInt32BE(6);
  return { first: bytes[0]!, masked: (bytes[1]! & 0x80) !== 0, start, size };
}

/** Fragments of one message beyond this many are an attack on memory, not a way to send it. */
const maxFragments = 16 * 1024;

/** Takes the server's bytes however they are cut and tells what they say. A message may have `limit` bytes. */
export function createReader(on: FrameEvents, limit: number): (chunk: Buffer) => void {
  let waiting: Buffer[] = [];
  let have = 0;
  let need = 2;
  let over = false;
  let message: { opcode: number; parts: Buffer[]; size: number } | null = null;

  /** Refuses a frame as early as its header allows: before its payload is waited for. */
  function check({ first, masked, size }: Header): void {
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0) throw new Broken(1002, "a reserved bit is set though no extension was agreed on");
    if (masked) throw new Broken(1002, "a server's frame is masked");
    if (opcode >= opcodes.close) {
      if (opcode > opcodes.pong) throw new Broken(1002, `opcode ${opcode} is not known`);
      if ((first & 0x80) === 0) throw new Broken(1002, "a control frame is fragmented");
      if (size > 125) throw new Broken(1002, "a control frame is longer than 125 bytes");
      return;
    }
    if (opcode > opcodes.binary) throw new Broken(1002, `opcode ${opcode} is not known`);
    if (opcode === opcodes.continuation && !message) throw new Broken(1002, "a continuation continues nothing");
    if (opcode !== opcodes.continuation && message) throw new Broken(1002, "a message begins inside another");
    if (size + (message?.size ?? 0) > limit) throw new Broken(1009, `a message is larger than ${limit} bytes`);
  }

  function control(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.ping) on.ping(payload);
    if (opcode !== opcodes.close) return;
    const { code, reason } = closeOf(payload);
    over = true;
    on.closed(code, reason);
  }

  function data(fin: boolean, opcode: number, payload: Buffer): void {
    message ??= { opcode, parts: [], size: 0 };
    message.size += payload.length;
    if (payload.length > 0) message.parts.push(payload);
    if (message.parts.length > maxFragments) throw new Broken(1009, "a message has too many fragments");
    if (!fin) return;
    const { opcode: kind, parts } = message;
    message = null;
    // The protocol is text; what is not is nothing for us, but no reason to leave either.
    if (kind === opcodes.text) on.text(textOf(parts.length === 1 ? parts[0]! : Buffer.concat(parts)));
  }

  function read(bytes: Buffer): void {
    let at = 0;
    while (!over) {
      const rest = at === 0 ? bytes : bytes.subarray(at);
      const header = headerOf(rest);
      if (typeof header === "number") need = header;
      else {
        check(header);
        need = header.start + header.size;
      }
      if (typeof header === "number" || rest.length < need) {
        waiting = [rest];
        have = rest.length;
        return;
      }
      at += need;
      const payload = rest.subarray(header.start, need);
      const opcode = header.first & 0x0f;
      if (opcode >= opcodes.close) control(opcode, payload);
      else data((header.first & 0x80) !== 0, opcode, payload);
    }
  }

  return (chunk) => {
    if (over) return;
    waiting.push(chunk);
    have += chunk.length;
    // Joined only when the next step can be made: a large message in many pieces is copied once.
    if (have < need) return;
    try {
      read(waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, have));
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      over = true;
      waiting = [];
      on.broken(error.code, error.message);
    }
  };
}

function textOf(payload: Buffer): string {
  if (!isUtf8(payload)) throw new Broken(1007, "a text is not valid UTF-8");
  return payload.toString("utf8");
}

/** 1005, 1006 and 1015 say how no code arrived, so none of them may arrive. */
const mayTravel = (code: number) =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999);

function closeOf(payload: Buffer): { code: number; reason: string } {
  if (payload.length === 0) return { code: 1005, reason: "" };
  if (payload.length === 1) throw new Broken(1002, "a close frame has half a code");
  const code = payload.readUInt16BE(0);
  if (!mayTravel(code)) throw new Broken(1002, `${code} is no close code`);
  return { code, reason: textOf(payload.subarray(2)) };
}

/**
 * One whole masked frame. Masks keep a hostile page from writing chosen bytes through a proxy; nobody stands
 * between us and the daemon's socket, so Math.random is enough and spares every start the loading of `crypto`.
 */
export function writeFrame(opcode: number, payload: string | Buffer): Buffer {
  const size = typeof payload === "string" ? Buffer.byteLength(payload) : payload.length;
  const start = (size < 126 ? 2 : size < 65536 ? 4 : 10) + 4;
  const frame = Buffer.allocUnsafe(start + size);
  frame[0] = 0x80 | opcode;
  if (size < 126) frame[1] = 0x80 | size;
  else if (size < 65536) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(size, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeUInt32BE(Math.floor(size / 2 ** 32), 2);
    frame.writeUInt32BE(size % 2 ** 32, 6);
  }
  frame.writeUInt32BE(Math.floor(Math.random() * 2 ** 32), start - 4);
  if (typeof payload === "string") frame.write(payload, start, "utf8");
  else payload.copy(frame, start);
  for (let i = 0; i < size; i++) frame[start + i]! ^= frame[start - 4 + (i & 3)]!;
  return frame;
}

export function writeClose(code: number, reason: string): Buffer {
  // A code that may not travel is sent as "nothing to say".
  if (!mayTravel(code)) return writeFrame(opcodes.close, Buffer.alloc(0));
  const words = Buffer.from(reason, "utf8").subarray(0, 123);
  // Cut between characters: what follows the last whole one goes.
  let end = words.length;
  while (end > 0 && !isUtf8(words.subarray(0, end))) end--;
  const payload = Buffer.allocUnsafe(2 + end);
  payload.writeUInt16BE(code, 0);
  words.copy(payload, 2, 0, end);
  return writeFrame(opcodes.close, payload);
}
