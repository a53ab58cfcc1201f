import { once } from "node:events";
import { connect, type NetConnectOpts, type Socket } from "node:net";

/** HTTP as bytes: what no library would send. */

export type Heard = { status: number; text: string; answers: number };

/** Sends these bytes and reads until the other side hangs up, or until an upgrade is there. */
export async function send(to: NetConnectOpts, bytes: string): Promise<Heard> {
  const socket: Socket = connect(to);
  let text = "";
  socket.on("error", () => undefined); // it may be hung up on in the middle of writing
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
    if (text.startsWith("HTTP/1.1 101")) socket.destroy();
  });
  socket.write(bytes);
  await once(socket, "close");
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0),
    text,
    answers: text.match(/^HTTP\/1\.1 \d{3}/gm)?.length ?? 0,
  };
}

/** The lines of a request, the headers as they stand. */
export const request = (line: string, headers: readonly string[], body = ""): string =>
  `${[line, ...headers].join("\r\n")}\r\n\r\n${body}`;

export const upgrading = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Protocol: daimon.v1",
];
