/** A server's frames, made by hand so that wrong ones can be made too. */

export type FrameShape = {
  opcode: number;
  payload?: Buffer | string;
  fin?: boolean;
  reserved?: number;
  mask?: boolean;
  /** What the header says, when not the truth. */
  says?: bigint;
};

export function frame({ opcode, payload = "", fin = true, reserved = 0, mask = false, says }: FrameShape): Buffer {
  const body = Buffer.from(payload);
  const size = says ?? BigInt(body.length);
  const short = size < 126n ? Number(size) : size < 65536n ? 126 : 127;
  const head = [(fin ? 0x80 : 0) | reserved | opcode, (mask ? 0x80 : 0) | short];
  const length = Buffer.alloc(short === 126 ? 2 : short === 127 ? 8 : 0);
  if (short === 126) length.writeUInt16BE(Number(size));
  if (short === 127) length.writeBigUInt64BE(size);
  return Buffer.concat([Buffer.from(head), length, Buffer.alloc(mask ? 4 : 0), body]);
}

export const text = (payload: string | Buffer, fin = true): Buffer => frame({ opcode: 1, payload, fin });
export const more = (payload: string | Buffer, fin = true): Buffer => frame({ opcode: 0, payload, fin });
export const binary = (payload: string | Buffer): Buffer => frame({ opcode: 2, payload });
export const ping = (payload = ""): Buffer => frame({ opcode: 9, payload });
export const pong = (payload = ""): Buffer => frame({ opcode: 10, payload });
export const close = (code: number, reason: string | Buffer = ""): Buffer =>
  frame({ opcode: 8, payload: Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]) });

/** What an accepted upgrade looks like; the key of `./local` is fixed, and so is its answer. */
export const upgraded = (headers: Record<string, string | undefined> = {}): string => {
  const all = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": "8MWedlXgl7PEnBnZ79vNzhEoDe0=",
    "Sec-WebSocket-Protocol": "daimon.v1",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return ["HTTP/1.1 101 Switching Protocols", ...lines, "\r\n"].join("\r\n");
};
