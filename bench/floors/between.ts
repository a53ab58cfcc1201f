import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

/** What one client says is on disk, and then told to all others: the least that two terminals on one log need. */

const [socketPath = "", file = ""] = process.argv.slice(2);
const log = openSync(file, "a");
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  socket.on("message", (data: Buffer) => {
    writeSync(log, data);
    fdatasyncSync(log);
    for (const other of sockets.clients) if (other !== socket) other.send(data.toString());
  });
});
server.listen(socketPath, () => process.stdout.write("listening\n"));
