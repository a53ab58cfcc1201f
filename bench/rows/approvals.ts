import { join } from "node:path";
import { once } from "node:events";
import { WebSocket } from "ws";
import { interleaved, median, type Row, timed, type World } from "../harness.ts";
import { callerOf, startDaemon, startFloor } from "../processes.ts";

/** One client answers, another one hears of it. */
export const approvals: Row = {
  name: "approvals",
  async run(world) {
    const daemon = await startDaemon(world, "steady");
    const [answers, hears] = await Promise.all([callerOf(world, daemon), callerOf(world, daemon)]);
    const { id: sessionId } = await answers.ask("session/create", { cwd: world.folder(), model: "steady/asks" });
    await Promise.all([answers.attach(sessionId), hears.attach(sessionId)]);
    const echo = await echoBetween(world);
    const asked = async () => {
      const opened = answers.next("ask.opened", sessionId);
      await answers.ask("session/input", { sessionId, text: "go" });
      return (await opened).seq;
    };
    const measured = async () => {
      const askId = await asked();
      const ended = hears.next("turn.ended", sessionId);
      const took = await timed(async () => {
        const heard = hears.next("ask.answered", sessionId);
        void answers.ask("session/answer", { sessionId, askId, allow: false });
        await heard;
      });
      await ended;
      return took;
    };
    const times = await interleaved(100, { floor: () => timed(echo), measured }, 10);
    return [
      {
        what: "an approval from one client to another, p50",
        unit: "ms",
        floor: median(times.floor),
        measured: median(times.measured),
        budget: { is: "ratio", most: 3 },
        note: "floor: echo + fdatasync",
      },
    ];
  },
};

async function echoBetween(world: World): Promise<() => Promise<void>> {
  const folder = world.folder();
  const path = join(folder, "echo.sock");
  await startFloor(world, "between", path, join(folder, "log"));
  const [one, other] = [0, 1].map(() => new WebSocket(`ws+unix://${path}:/`));
  if (!one || !other) throw new Error("two clients were wanted");
  await Promise.all([one, other].map((client) => once(client, "open")));
  world.after(() => [one, other].forEach((client) => client.terminate()));
  const said = JSON.stringify({ sessionId: "a".repeat(36), askId: 1, allow: false, filled: "x".repeat(200) });
  return async () => {
    const heard = once(other, "message");
    one.send(said);
    await heard;
  };
}
