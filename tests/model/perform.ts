import { setImmediate as tick } from "node:timers/promises";
import type { SessionView } from "../../packages/protocol/src/index.ts";
import type { Said, Timed } from "./actions.ts";
import type { Client } from "./client.ts";
import { sessions, type World } from "./world.ts";

const place = (at: number): string => sessions[at % sessions.length] as string;
const turnOf = (view: SessionView) => (view.turn.is === "idle" ? undefined : view.turn.id);
const usage = { input: 10, output: 5 };

/** Lets one thing happen, then some ticks. */
export async function perform(world: World, action: Timed): Promise<void> {
  if (world.held > 0 && --world.held === 0) world.disk.release();
  await act(world, action);
  await world.pause(action.pause);
}

async function act(world: World, action: Timed): Promise<void> {
  const { asking, clock, disk } = world;
  if ("by" in action) return byClient(world, world.client(action.by), action);
  switch (action.do) {
    case "model":
      for (const said of action.says) say(world, place(action.at), said);
      return;
    case "tool": {
      const { running: tools } = world.mind;
      const tool = tools[action.which % (tools.length || 1)];
      if (action.says === "end") tool?.end();
      else tool?.progress("so far ");
      return;
    }
    case "boot":
      return world.python.boot(place(action.at), action.ok);
    case "cell":
      return runCell(world, place(action.at), action.says);
    case "time":
      return clock.advance(action.ms, () => world.pause(3));
    case "fault":
      disk.faults.set(place(action.at), [...action.faults]);
      return;
    case "go":
      return goOn(world, place(action.at), action.allow);
    case "hold":
      if (disk.hold === "no") disk.hold = action.where;
      world.held = action.actions;
      return;
    case "lag":
      disk.lag = action.ticks;
      return;
    default:
      throw new Error(`nobody does ${JSON.stringify(action)} after ${asking.attempts.length} commands`);
  }
}

function byClient(world: World, client: Client, action: Extract<Timed, { by: number }>): void | Promise<void> {
  const { asking } = world;
  const sessionId = "at" in action ? place(action.at) : place(0);
  const view = world.seen(client, sessionId);
  switch (action.do) {
    case "create":
      asking.ask(client, "session/create", { id: sessions[1], cwd: "/tmp" });
      return;
    case "attach":
      return client.attach(sessionId, () => {});
    case "drop":
      return client.drop();
    case "stall":
    case "read":
      if (client.link) client.link.stalled = action.do === "stall";
      return;
    case "choke":
      if (client.link) client.link.choke = action.bytes;
      return;
    case "input": {
      const { delivery, expect } = action;
      const expectTurn = { idle: null, running: turnOf(view) ?? null, wrong: 999_999 };
      const text = `input ${++world.ids}`;
      asking.ask(client, "session/input", {
        sessionId,
        text,
        delivery,
        ...(expect ? { expectTurn: expectTurn[expect] } : {}),
      });
      return;
    }
    case "python":
      asking.ask(client, "session/python", { sessionId, code: `code ${++world.ids}` });
      return;
    case "interrupt":
      return interrupt(world, client, sessionId, view, action);
    case "cancel": {
      const list = action.what === "input" ? view.queue : view.cells;
      const id = list[action.which % (list.length || 1)]?.id ?? view.seq;
      asking.ask(client, "session/cancel", { sessionId, [action.what === "input" ? "inputId" : "cell"]: id });
      return;
    }
    case "answer": {
      const ask = view.asks[action.which % (view.asks.length || 1)];
      const digest = { right: { digest: ask?.digest ?? "" }, wrong: { digest: "something else" }, none: {} }[
        action.digest
      ];
      const said =
        ask?.kind === "stdin"
          ? action.allow
            ? { value: `line ${++world.ids}` }
            : { allow: false }
          : { allow: action.allow, scope: action.scope };
      asking.ask(client, "session/answer", { sessionId, askId: ask?.id ?? view.seq, ...digest, ...said });
      return;
    }
    case "resume":
      asking.ask(client, "session/resume", { sessionId });
      return;
    case "update": {
      const changed =
        action.what === "title"
          ? { title: `title ${++world.ids}` }
          : action.what === "head"
            ? { head: view.head }
            : { mode: action.what };
      asking.ask(client, "session/update", { sessionId, ...changed });
      return;
    }
    case "kernel":
      asking.ask(client, "session/kernel", { sessionId, action: action.action });
      return;
    case "look":
      return look(world, client, sessionId);
    case "again": {
      const first = asking.attempts.at(-1 - (action.which % (asking.attempts.length || 1)));
      if (!first) return;
      const more = first.method === "session/create" ? { title: "other" } : { sessionId: place(1) };
      const other = "text" in first.params ? { text: "other" } : "code" in first.params ? { code: "other" } : more;
      asking.ask(client, first.method, action.other ? { ...first.params, ...other } : first.params, first.opId);
      return;
    }
    default:
      throw new Error(`no client does ${JSON.stringify(action)}`);
  }
}

/** Stopping something never waits for the disk: when this tick is over nothing of it goes on. */
async function interrupt(
  world: World,
  client: Client,
  sessionId: string,
  view: SessionView,
  { target, expect }: Extract<Timed, { do: "interrupt" }>,
): Promise<void> {
  const right = target === "cell" && view.kernel.is === "running" ? view.kernel.cell : (turnOf(view) ?? 0);
  const which = { ...(target ? { target } : {}), ...(expect ? { expect: expect === "right" ? right : 999_999 } : {}) };
  const streams = world.mind.streams.filter(({ session }) => session === sessionId);
  world.asking.ask(client, "session/interrupt", { sessionId, ...which });
  if (target === "cell" || expect) return;
  await tick();
  await tick();
  if (streams.some(({ done }) => !done)) world.truth.wrong(`an interrupt of ${sessionId} left its model talking`);
}

function look(world: World, client: Client, sessionId: string): void {
  const { truth, hub } = world;
  hub.submit(
    client.caller,
    "session/get",
    { sessionId },
    {
      ok: (view) => {
        const shown = truth.view(sessionId, view.seq);
        if (JSON.stringify({ ...view, epoch: 0 }) !== JSON.stringify({ ...shown, epoch: 0 }))
          truth.wrong(`session/get of ${sessionId} shows at ${view.seq} what the log does not give`);
      },
      refused: () => {},
    },
  );
}

/** One thing that waits for the world outside: a Python that starts, a cell, a tool, a question, a held queue. */
async function goOn(world: World, session: string, allow: boolean): Promise<void> {
  const { python, mind, truth } = world;
  const running = python.live(session)?.running;
  const tool = mind.running.find((one) => one.session === session);
  const { asks, held } = truth.view(session);
  const at = sessions.indexOf(session as (typeof sessions)[number]);
  const answer = { do: "answer", by: 1, at, which: 0, digest: "right", allow, scope: "once", pause: 0 } as const;
  if (python.starting.some(({ spec }) => spec.session === session)) python.boot(session, true);
  else if (running && !running.asked) runCell(world, session, "end");
  else if (tool) tool.end();
  else if (asks.length > 0) await byClient(world, world.client(1), answer);
  else if (held) world.asking.ask(world.client(1), "session/resume", { sessionId: session });
}

function say(world: World, session: string, says: Said): void {
  const stream = world.mind.streams.find((one) => one.session === session);
  if (!stream) return;
  const id = ++world.ids;
  const call = (tool: string, input: object) =>
    stream.tell({ event: { type: "call", callId: `call ${id}`, tool, input } });
  if (says === "text" || says === "thinking") stream.tell({ event: { type: says, text: `word ${id} \u{1f40d}` } });
  else if (says === "long") stream.tell({ event: { type: "text", text: "long ".repeat(7000) } });
  else if (says === "touch" || says === "stubborn") call("touch", { id, stubborn: says === "stubborn" });
  else if (says === "peek") call("peek", { id, stubborn: false });
  else if (says === "python") call("python", { code: `model's ${id}` });
  else if (says === "look") call("get_repr", { expression: `x${id}` });
  else if (says === "fail") stream.tell({ fail: "the model is not well" });
  else stream.tell({ event: { type: "end", stop: "end", usage } });
}

function runCell(world: World, session: string, says: Extract<Timed, { do: "cell" }>["says"]): void {
  const kernel = world.python.live(session);
  if (says === "die") return kernel?.exit({ is: "died", why: "it was killed" });
  const cell = kernel?.running;
  if (!cell) return;
  const { watcher } = cell;
  if (says === "out" || says === "err") watcher.output(says === "out" ? "stdout" : "stderr", `line ${++world.ids}\n`);
  else if (says === "flood") watcher.output("stdout", "flood".repeat(30_000));
  else if (says === "display") watcher.display({ text: `figure ${++world.ids}` });
  else if (says === "input" && !cell.asked) {
    cell.asked = true;
    watcher.input("name? ", false);
  } else if (cell.interrupted) cell.end({ ok: false, outcome: "interrupted" });
  else if (!cell.asked && says === "end")
    cell.end({ ok: true, result: { text: "42" }, variables: [{ name: "x", type: "int", preview: "42" }] });
  else if (!cell.asked && says === "raise")
    cell.end({ ok: false, error: { name: "E", message: "no", traceback: "E: no" } });
}
