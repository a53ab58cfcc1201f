import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { median, type Row, type World } from "../harness.ts";
import { callerOf, startDaemon, startFloor, stop } from "../processes.ts";
import { type Fare, fareOf } from "../probe.ts";
import { token } from "../model.ts";

const sessions = 50;
const clients = 4;
const seconds = 6;
const watched = 4000;
const rounds = 3;

/** 50 answers at 100 tokens/s, each followed by 4 clients, all of it durable; against 50 timers alone. */
export const load: Row = {
  name: "load",
  async run(world) {
    const floors: Fare[] = [];
    const fares: Fare[] = [];
    for (let round = 0; round < rounds; round++) {
      floors.push(await bare(world));
      fares.push(await loaded(world));
    }
    const figures = (of: Fare[], name: keyof Fare) => median(of.map((fare) => fare[name]));
    return [
      {
        what: "50 sessions x 100 tokens/s x 4 clients: loop delay p99",
        unit: "ms",
        floor: figures(floors, "p99"),
        measured: figures(fares, "p99"),
        budget: { is: "ratio", most: 2 },
      },
      {
        what: "50 sessions x 100 tokens/s x 4 clients: CPU of a core",
        unit: "%",
        floor: figures(floors, "cpu"),
        measured: figures(fares, "cpu"),
        budget: { is: "ratio", most: 3 },
      },
    ];
  },
};

async function bare(world: World): Promise<Fare> {
  const timers = await startFloor(world, "timers", String(sessions), String(seconds));
  const fare = await fareOf(timers, watched);
  await stop(timers);
  return fare;
}

async function loaded(world: World): Promise<Fare> {
  const daemon = await startDaemon(world, "steady");
  const caller = await callerOf(world, daemon);
  const cwd = world.folder();
  const made = await Promise.all(
    Array.from({ length: sessions }, () => caller.ask("session/create", { cwd, model: "steady/paced" })),
  );
  const ids = made.map(({ id }) => id);
  const args = [daemon.socketPath, daemon.token, String(clients), ...ids];
  const watchers = fork(join(world.bench, "watchers.mjs"), args, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  world.after(() => stop(watchers));
  await once(watchers.stdout!, "data");

  await Promise.all(ids.map((sessionId) => caller.ask("session/input", { sessionId, text: String(seconds) })));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const fare = await fareOf(daemon.child, watched);
  await allEnded(caller, ids);
  watchers.send("how much");
  const [characters] = (await once(watchers, "message")) as [number];
  const sent = sessions * clients * seconds * 100 * token.length;
  if (characters !== sent) throw new Error(`clients were sent ${characters} of ${sent} characters`);
  await stop(watchers);
  await stop(daemon.child);
  return fare;
}

async function allEnded(caller: Awaited<ReturnType<typeof callerOf>>, ids: readonly string[]): Promise<void> {
  for (const sessionId of ids) {
    const ended = caller.next("turn.ended", sessionId);
    const { view } = await caller.attach(sessionId);
    if (view?.turn.is !== "idle") await ended;
  }
}
