import { createServer } from "node:http";

/** A bare HTTP server on a Unix socket: answers with as many bytes of JSON as the path says. */

const [socketPath = ""] = process.argv.slice(2);
const server = createServer((request, response) => {
  const bytes = Number(request.url?.slice(1));
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify("x".repeat(bytes)));
  });
});
server.listen(socketPath, () => process.stdout.write("listening\n"));
