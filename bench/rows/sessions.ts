import { Agent, request } from "node:http";
import { join } from "node:path";
import { median, type Row, timed } from "../harness.ts";
import { startDaemon, startFloor } from "../processes.ts";

const count = 50;

export const sessions: Row = {
  name: "sessions",
  async run(world) {
    const { socketPath, token } = await startDaemon(world, "product");
    const bare = join(world.folder(), "s");
    await startFloor(world, "http", bare);
    const cwd = world.folder();
    const agents = [
      new Agent({ keepAlive: true, maxSockets: 1 }),
      new Agent({ keepAlive: true, maxSockets: 1 }),
    ] as const;
    world.after(() => agents.forEach((agent) => agent.destroy()));

    const daemon = (method: string, path: string, body = "") =>
      send({ socketPath, agent: agents[0], method, path, token, body });
    const floor = (bytes: number, body = "") =>
      send({
        socketPath: bare,
        agent: agents[1],
        method: body === "" ? "GET" : "POST",
        path: `/${bytes}`,
        token,
        body,
      });

    const body = JSON.stringify({ cwd });
    const create = () => daemon("POST", "/api/v1/sessions", body);
    const list = () => daemon("GET", "/api/v1/sessions");
    const size = (await create()).length;
    const creating: number[] = [];
    const bareCreating: number[] = [];
    for (let made = 0; made < count; made++) {
      creating.push(await timed(create));
      bareCreating.push(await timed(() => floor(size, body)));
    }
    const listed = (await list()).length;
    const listing: number[] = [];
    const bareListing: number[] = [];
    for (let round = 0; round < 100; round++) {
      listing.push(await timed(list));
      bareListing.push(await timed(() => floor(listed)));
    }
    return [
      {
        what: "create a session over HTTP, p50 of 50",
        unit: "ms",
        floor: median(bareCreating),
        measured: median(creating),
        budget: { is: "added", most: 2 },
      },
      {
        what: "list 50 sessions over HTTP, p50",
        unit: "ms",
        floor: median(bareListing),
        measured: median(listing),
        budget: { is: "added", most: 1 },
      },
    ];
  },
};

type Asked = { socketPath: string; agent: Agent; method: string; path: string; token: string; body: string };

function send({ socketPath, agent, method, path, token, body }: Asked): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, agent, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 300) resolve(text);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
