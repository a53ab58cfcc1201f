import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { token } from "../model.ts";

/**
 * A server of the Messages API on loopback that costs nothing: the question's last word says how many tokens it answers. They
 * come in pieces of 100 as a network would bring them, as fast as they are taken. It writes its address into the file named.
 */

const [file = ""] = process.argv.slice(2);
const atOnce = 100;
const sse = (event: { type: string }) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const usage = { input_tokens: 10, output_tokens: 1 };
const begin = [
  { type: "message_start", message: { id: "m", type: "message", role: "assistant", content: [], model: "m", usage } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
].map(sse);
const delta = sse(
  Object.assign({ type: "content_block_delta" }, { index: 0, delta: { type: "text_delta", text: token } }),
);
const end = [
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 10 } },
  { type: "message_stop" },
].map(sse);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { messages } = JSON.parse(Buffer.concat(parts).toString()) as { messages: { content: unknown }[] };
  const total = Number(/(\d+)\D*$/.exec(JSON.stringify(messages.at(-1)?.content))?.[1]);
  response.socket?.setNoDelay(true);
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(begin.join(""));
  for (let sent = 0; sent < total; sent += atOnce)
    if (!response.write(delta.repeat(Math.min(atOnce, total - sent)))) await once(response, "drain");
  response.end(end.join(""));
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, "127.0.0.1", () => {
  writeFileSync(file, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  process.stdout.write("listening\n");
});
