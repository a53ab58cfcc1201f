import type { Actor, Recorded, SessionEvent, SessionView } from "@daimon/protocol";
import { SessionCeiling } from "./ceiling.ts";
import { Cells } from "./cells.ts";
import type { CompactionPorts } from "./compaction.ts";
import { Conversation } from "./conversation.ts";
import { keeping } from "./keeping.ts";
import type { Ledger } from "./ledger.ts";
import { Looks } from "./looks.ts";
import { namedRuntime } from "./runtimes.ts";
import { pricesOf } from "./prices.ts";
import type { Scribe } from "./scribe.ts";
import { chooseProvider, Turns } from "./turns.ts";
import { defaultPatience } from "./watch.ts";
import type { World } from "./world.ts";

/** What works in a session, beside its log: each part is given what it needs of the others, and no more. */
export type Lanes = {
  conversation: Conversation;
  cells: Cells;
  looks: Looks;
  turns: Turns;
  ceiling: SessionCeiling;
  /** What a summary of the conversation needs. */
  compaction: CompactionPorts;
};

export type LaneHost = {
  record(by: Actor, events: readonly SessionEvent[]): Recorded[];
  /** Why it could not be started; undefined when it starts. */
  startPython(): string | undefined;
  /** Why no Python can be started now; undefined when one can, or is there. */
  roomForPython(): string | undefined;
  /** Says something to whoever is here; false where nobody is. */
  warn(message: string): boolean;
  rested(): void;
};

export function lanesOf(id: string, contextFrom: number, world: World, ledger: Ledger, host: LaneHost): Lanes {
  const shared = {
    ...world,
    blobs: keeping(world.blobs, id),
    session: id,
    view: () => ledger.recorded,
    durableView: () => ledger.durable,
    durable: () => ledger.settle(),
    texts: () => ledger.texts(),
    released: (passes: (recorded: Recorded) => boolean) => ledger.released(passes),
    scribe: (wanted: (view: SessionView) => boolean): Scribe =>
      ledger.scribe(wanted, (by, events) => host.record(by, events)),
    runtime: (text: string) => world.runtimes.get(namedRuntime(text).name),
  };
  const conversation = new Conversation(shared, contextFrom);
  const prices = pricesOf(world);
  const ceiling = new SessionCeiling({ ...shared, warn: (message) => host.warn(message) });
  const compaction: CompactionPorts = {
    session: id,
    clock: world.clock,
    patience: () => ({ ...defaultPatience, ...world.settings().patience }),
    conversation: () => conversation.context(),
    provider: (full) => chooseProvider(world.providers(), full),
    window: async (model) => (await world.catalogue.info(model))?.context,
    price: prices.price,
    async overBudget(model) {
      return (await prices.isFree(model)) ? undefined : world.budget.reached(ceiling.last.budget?.day);
    },
    sayCosts: () => world.budget.tell((message) => host.warn(message), ceiling.last.budget?.day),
  };
  const cells = new Cells({ ...shared, result: (call) => conversation.result(call) });
  const looks = new Looks({ ...shared, cells, start: () => host.startPython() });
  const turns = new Turns({
    ...shared,
    compaction,
    tool: (name) => world.tools.get(name),
    ceiling: () => ceiling.now(),
    request: (profile, mode) => conversation.request(profile, mode),
    callInput: (call) => conversation.input(call),
    result: (call) => conversation.result(call),
    repeats: (callId) => conversation.repeats(callId),
    capability: (name, arg) => looks.capability(name, arg, true),
    roomForPython: () => host.roomForPython(),
    interruptCell: (cell) => cells.interrupt(cell),
    waitedForLines: () => cells.waitedForLines,
    rested: () => host.rested(),
  });
  return { conversation, cells, looks, turns, compaction, ceiling };
}
