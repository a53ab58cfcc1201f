import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { flood } from "../model.ts";

/** What a direct call costs: the same tokens over a bare WebSocket on a Unix socket, one message each. */

const [socketPath = ""] = process.argv.slice(2);
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  socket.on("message", (data: Buffer) => {
    void (async () => {
      for await (const text of flood(Number(data.toString()))) socket.send(JSON.stringify({ text }));
      socket.send(JSON.stringify({ end: true }));
    })();
  });
});
server.listen(socketPath, () => process.stdout.write("listening\n"));
