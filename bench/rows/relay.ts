import { once } from "node:events";
import { join } from "node:path";
import { WebSocket } from "ws";
import { interleaved, median, type Row } from "../harness.ts";
import { callerOf, startDaemon, startFloor } from "../processes.ts";
import { token } from "../model.ts";
import type { Caller } from "../wire.ts";

const tokens = 300_000;

export const relay: Row = {
  name: "relay",
  async run(world) {
    const caller = await callerOf(world, await startDaemon(world, "steady"));
    const path = join(world.folder(), "s");
    await startFloor(world, "relay", path);
    const direct = new WebSocket(`ws+unix://${path}:/`, { perMessageDeflate: false });
    await once(direct, "open");
    world.after(() => direct.terminate());
    const cwd = world.folder();
    const quick = await caller.ask("session/create", { cwd, model: "steady/first" });
    await caller.attach(quick.id);
    const torrent = await caller.ask("session/create", { cwd, model: "steady/flood" });
    await caller.attach(torrent.id);

    const first = await interleaved(100, {
      floor: async () => (await directly(direct, 10)).first,
      measured: () => firstToken(caller, quick.id),
    });
    const rate = await interleaved(5, {
      floor: async () => tokens / ((await directly(direct, tokens)).all / 1000),
      measured: () => relayedRate(caller, torrent.id, tokens),
    });
    return [
      {
        what: "time to first token through the daemon, p50",
        unit: "ms",
        floor: median(first.floor),
        measured: median(first.measured),
        budget: { is: "added", most: 5 },
      },
      {
        what: "relayed tokens/s",
        unit: "/s",
        floor: median(rate.floor),
        measured: median(rate.measured),
        budget: { is: "value", least: 100_000 },
        note: "direct: one message a token",
      },
    ];
  },
};

export async function firstToken(caller: Caller, sessionId: string): Promise<number> {
  const ended = caller.next("turn.ended", sessionId);
  const start = performance.now();
  const came = new Promise<number>((resolve) => {
    const off = caller.onFrames((frames) => {
      if (!frames.some((frame) => "block" in frame)) return;
      off();
      resolve(performance.now() - start);
    });
  });
  await caller.ask("session/input", { sessionId, text: "10" });
  const took = await came;
  await ended;
  return took;
}

export async function relayedRate(caller: Caller, sessionId: string, count: number): Promise<number> {
  let characters = 0;
  const off = caller.onFrames((frames) => {
    for (const frame of frames)
      if ("seq" in frame && frame.event.type === "text.closed") characters += frame.event.text.length;
  });
  const ended = caller.next("turn.ended", sessionId);
  const start = performance.now();
  await caller.ask("session/input", { sessionId, text: String(count) });
  await ended;
  const took = performance.now() - start;
  off();
  if (characters !== count * token.length) throw new Error(`of ${count} tokens ${characters / token.length} arrived`);
  return count / (took / 1000);
}

/** How long until the first token, and until the last. */
function directly(direct: WebSocket, count: number): Promise<{ first: number; all: number }> {
  const start = performance.now();
  let first: number | undefined;
  return new Promise((resolve) => {
    direct.on("message", function look(data: Buffer) {
      const now = performance.now() - start;
      first ??= now;
      if (!("end" in (JSON.parse(data.toString()) as object))) return;
      direct.off("message", look);
      resolve({ first, all: now });
    });
    direct.send(String(count));
  });
}
