import { type BlockText, type EventOf, lengthOf, sizes } from "../../packages/protocol/src/index.ts";
import { perform } from "./perform.ts";
import { type World, sessions } from "./world.ts";

/** The store answers again and everybody reads: from here on all that was promised must become so. */
export async function settle(world: World): Promise<void> {
  await comeBack(world);
  await agree(world, "after the store answers again");
  await knowAll(world);
  await finishWork(world);
  await agree(world, "at the end");
  await world.clock.advance(11_000, () => world.pause(3));
  await world.quiet();
  world.asking.check();
  for (const session of sessions) checkLog(world, session);
}

async function comeBack(world: World): Promise<void> {
  const { disk, clock, hub, truth } = world;
  disk.faults.clear();
  disk.lag = 0;
  disk.release();
  await world.quiet();
  for (let tries = 0; tries < 10 && hub.counts().trouble.length > 0; tries++)
    await clock.advance(5_000, () => world.quiet());
  for (const trouble of hub.counts().trouble) truth.wrong(`the store answers again, but ${trouble}`);
}

/** Every client attaches and sees the same as a fresh fold of the log. */
async function agree(world: World, when: string): Promise<void> {
  const { clients, truth, hub } = world;
  await world.quiet();
  for (const client of clients) {
    if (client.link) Object.assign(client.link, { stalled: false, choke: 0 });
    client.link?.read();
    for (const session of truth.sessions) {
      const fold = client.fold(session);
      // Those who were slow attach again, as a client does at the first gap.
      if (fold.state !== "live" || fold.choked)
        client.attach(session, (done) => done === "ok" || truth.wrong(`${client.name} cannot attach ${when}`));
    }
  }
  await world.clock.advance(20, () => world.pause(3));
  await world.quiet();
  for (const session of truth.sessions) {
    const fresh = JSON.stringify({ ...truth.view(session), epoch: 0 });
    const texts = clients.map((client) =>
      JSON.stringify([...client.fold(session).open].map(([id, text]) => [id, bounded(text)])),
    );
    for (const [index, client] of clients.entries()) {
      const { view, state } = client.fold(session);
      if (state !== "live") truth.wrong(`${client.name} is ${state} in ${session} ${when}`);
      else if (JSON.stringify({ ...view, epoch: 0 }) !== fresh)
        truth.wrong(
          `${client.name} sees another ${session} ${when} than the log gives, at ${view.seq} of ${truth.view(session).seq}`,
        );
      if (texts[index] !== texts[0]) truth.wrong(`${client.name} sees other open texts of ${session} ${when}`);
    }
  }
  const attached = clients.length * truth.sessions.length;
  if (hub.counts().attachments !== attached)
    truth.wrong(`${hub.counts().attachments} attachments are kept ${when}, and there are ${attached}`);
}

/** Long output keeps its two ends; how much more is still there depends on how it came. */
const bounded = (block: BlockText) =>
  lengthOf(block) > 2 * sizes.halfBlock
    ? [lengthOf(block), block.text.slice(0, sizes.halfBlock), block.text.slice(-sizes.halfBlock)]
    : block.text;

/** Who was told that nothing is known asks again, and then knows. */
async function knowAll(world: World): Promise<void> {
  const { asking, truth, clients } = world;
  await world.clock.advance(11_000, () => world.pause(3));
  await world.quiet();
  for (const { principal, method, params, opId } of asking.unsure()) {
    const client = clients.find(({ caller }) => caller.actor.principal === principal);
    const again = client && asking.ask(client, method, params, opId);
    await world.quiet();
    if (!again || again.settled !== 1 || again.code === "store_unavailable")
      truth.wrong(`${opId} (${method}) asked again is not answered: ${JSON.stringify(again)}`);
  }
}

/** Models, tools and cells come to their end, questions are answered, queues are let go on. */
async function finishWork(world: World): Promise<void> {
  const { mind, truth } = world;
  for (let round = 0; round < 300; round++) {
    const active = truth.sessions.filter((session) => atWork(world, session));
    if (active.length === 0) return;
    for (const at of [0, 1]) {
      const { asks, held, turn } = truth.view(sessions[at] as string);
      for (const which of asks.keys())
        await perform(world, {
          do: "answer",
          by: 2,
          at,
          which,
          digest: "right",
          allow: which % 2 === 0,
          scope: "once",
          pause: 0,
        });
      if (held && turn.is === "idle") await perform(world, { do: "resume", by: 2, at, pause: 12 });
      await perform(world, { do: "model", at, says: ["end"], pause: 3 });
      await perform(world, { do: "go", at, allow: true, pause: 3 });
    }
    for (const tool of mind.running) tool.end();
    await world.quiet();
    if (round > 20) await world.clock.advance(1_000, () => world.pause(3));
  }
  for (const session of truth.sessions.filter((one) => atWork(world, one))) {
    const { turn, kernel, queue, held, asks } = truth.view(session);
    truth.wrong(`the work of ${session} never ends: ${JSON.stringify({ turn, kernel, queue, held, asks })}`);
  }
}

function atWork({ truth, mind }: World, session: string): boolean {
  const { turn, kernel, queue, cells, asks } = truth.view(session);
  return (
    turn.is !== "idle" ||
    kernel.is === "starting" ||
    kernel.is === "running" ||
    queue.length + cells.length + asks.length > 0 ||
    mind.streams.some((stream) => stream.session === session)
  );
}

/** What may happen once: a call starts, ends; a cell starts, ends; a turn ends; a question is closed; a block is closed. */
const once: [RegExp, "call" | "cell" | "ask" | "block"][] = [
  [/^call\.started$/, "call"],
  [/^call\.finished$/, "call"],
  [/^cell\.started$/, "cell"],
  [/^cell\.finished$/, "cell"],
  [/^ask\.(answered|expired)$/, "ask"],
  [/^(text|thinking|cell)\.closed$/, "block"],
];

function checkLog({ truth, mind, python }: World, session: string): void {
  const events = truth.events(session);
  /** A cell that ends leaves no question open, and one that is said to be cancelled never began. */
  const checkEnd = (seq: number, { cell, outcome }: EventOf<"cell.finished">) => {
    const before = events.slice(0, seq - 1).map(({ event }) => event);
    const closed = new Set(before.flatMap((event) => ("ask" in event ? [event.ask] : [])));
    for (const [index, event] of before.entries())
      if (event.type === "ask.opened" && event.cell === cell && !closed.has(index + 1))
        truth.wrong(`cell ${cell} of ${session} ended while its question ${index + 1} was open`);
    if (outcome === "cancelled" && before.some((event) => event.type === "cell.started" && event.cell === cell))
      truth.wrong(`cell ${cell} of ${session} began, and is said to be cancelled`);
  };
  const about = (type: RegExp, key: string) =>
    events.flatMap(({ event }) => (type.test(event.type) && key in event ? [Number(Reflect.get(event, key))] : []));
  for (const [type, key] of once) {
    const twice = about(type, key).find((id, index, all) => all.indexOf(id) !== index);
    if (twice !== undefined) truth.wrong(`${type.source} happens twice to ${key} ${twice} of ${session}`);
  }
  const finished = new Set(about(/^call\.finished$/, "call"));
  const started = new Set(about(/^call\.started$/, "call"));
  for (const { seq, event } of events) {
    if (event.type === "call.finished" && event.outcome === "unknown" && !started.has(event.call))
      truth.wrong(`call ${event.call} of ${session} never started, and nobody is said to know what it did`);
    if (event.type === "call.finished" && event.outcome === "not_run" && started.has(event.call))
      truth.wrong(`call ${event.call} of ${session} was started, and is said not to have run`);
    if (event.type === "cell.finished") checkEnd(seq, event);
    if (event.type !== "call.requested") continue;
    if (!finished.has(seq)) truth.wrong(`call ${seq} of ${session} never finished`);
    if ((mind.runs.get(event.callId) ?? 0) > (started.has(seq) ? 1 : 0))
      truth.wrong(`${event.callId} ran more often than it was started`);
  }
  const { blocks, kernel } = truth.view(session);
  if (blocks.length > 0) truth.wrong(`${blocks.length} blocks of ${session} are still open`);
  const live = python.kernels.filter((one) => one.session === session && !one.gone);
  const wanted = kernel.is === "none" || kernel.is === "dead" ? [] : [kernel.generation];
  if (live.some(({ generation }) => !wanted.includes(generation)))
    truth.wrong(
      `Pythons ${live.map(({ generation }) => generation).join()} of ${session} live, and the log says ${kernel.is}`,
    );
}
