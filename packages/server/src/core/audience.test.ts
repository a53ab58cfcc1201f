import { type Recorded, reducerVersion } from "@daimon/protocol";
import { expect, test } from "vitest";
import { ManualClock } from "../../../../tests/model/clock.ts";
import { Audience } from "./audience.ts";
import type { Link } from "./ports.ts";

type Sent = { method: string; params: { frames?: object[]; present?: object[]; resumeAfter?: number } };

function link(name: string) {
  const sent: Sent[] = [];
  const closed: number[] = [];
  const made = {
    reducer: reducerVersion,
    caller: { actor: { principal: "p", name, client: "cli" as const }, role: "admin" as const },
    waiting: 0,
    unsent: () => made.waiting,
    send: (text: Buffer) => void sent.push(JSON.parse(text.toString())),
    close: (code: number) => void closed.push(code),
  };
  const frames = () => sent.flatMap(({ params }) => params.frames ?? []);
  return { link: made as Link & { waiting: number }, sent, closed, frames };
}

const event = (seq: number) => ({ seq }) as Recorded;
const delta = (at: number, text: string, block = 1) => ({ block, at, text });
const mebibyte = 1024 * 1024;

test("fragments of one block that leave together are one fragment, and everybody gets the very same bytes", () => {
  const audience = new Audience("s", new ManualClock());
  const buffers: Buffer[] = [];
  for (const name of ["mia", "bob"]) {
    const { link: made } = link(name);
    audience.add({ ...made, send: (text) => void buffers.push(text) });
  }
  audience.push(event(1));
  audience.push(delta(0, "one "));
  audience.push(delta(4, "two"));
  audience.push(delta(0, "other", 2));
  audience.flush();
  expect(buffers[0]).toBe(buffers[1]);
  expect(JSON.parse(buffers[0]?.toString() ?? "")).toMatchObject({
    params: { frames: [{ seq: 1 }, { block: 1, at: 0, text: "one two" }, { block: 2, at: 0, text: "other" }] },
  });
});

test("whoever comes gets only what is released from then on: the rest is in the reply", () => {
  const audience = new Audience("s", new ManualClock());
  const [early, late] = [link("early"), link("late")];
  audience.add(early.link);
  audience.push(event(1));
  audience.add(late.link);
  audience.push(event(2));
  audience.flush();
  expect(early.frames()).toEqual([{ seq: 1 }, { seq: 2 }]);
  expect(late.frames()).toEqual([{ seq: 2 }]);
});

test("a slow reader loses fragments past 1 MiB and is warned once, is closed past 4 MiB, and slows nobody", () => {
  const audience = new Audience("s", new ManualClock());
  const [slow, quick] = [link("slow"), link("quick")];
  audience.add(slow.link);
  audience.add(quick.link);
  const say = (seq: number) => {
    audience.push(event(seq));
    audience.push(delta(seq, "words"));
    audience.flush();
  };
  say(1);
  slow.link.waiting = mebibyte + 1;
  say(2);
  say(3);
  expect(slow.frames()).toEqual([{ seq: 1 }, delta(1, "words"), { seq: 2 }, { seq: 3 }]);
  expect(slow.sent.filter(({ method }) => method === "session/warning")).toHaveLength(1);
  slow.link.waiting = 4 * mebibyte + 1;
  say(4);
  expect(slow.closed).toEqual([4408]);
  expect(audience.has(slow.link)).toBe(false);
  // Who stays sees that somebody is gone.
  expect(quick.sent.at(-1)).toMatchObject({
    method: "session/presence",
    params: { present: [{ by: { name: "quick" } }] },
  });
  expect(quick.frames()).toHaveLength(8);
  expect(quick.closed).toEqual([]);
});

test("a slow reader that has caught up is asked to come anew, so that words it missed do not stay unseen", async () => {
  const clock = new ManualClock();
  const audience = new Audience("s", clock);
  const slow = link("slow");
  audience.add(slow.link);
  slow.link.waiting = mebibyte + 1;
  audience.push(delta(0, "missed"));
  audience.flush();
  await clock.advance(1000, async () => {});
  expect(audience.has(slow.link)).toBe(true);
  slow.link.waiting = 0;
  await clock.advance(250, async () => {});
  expect(slow.sent.at(-1)).toMatchObject({ method: "session/closed", params: { resumeAfter: 0 } });
  expect(audience.has(slow.link)).toBe(false);
});

test("people are told who is there, with how many terminals, and that somebody left", () => {
  const audience = new Audience("s", new ManualClock());
  const [mia, mia2, bob] = [link("mia"), link("mia"), link("bob")];
  for (const { link: made } of [mia, mia2, bob]) audience.add(made);
  expect(audience.present()).toMatchObject([
    { by: { name: "mia" }, attachments: 2 },
    { by: { name: "bob" }, attachments: 1 },
  ]);
  audience.remove(bob.link);
  expect(mia.sent.at(-1)).toMatchObject({ method: "session/presence", params: { present: [{ attachments: 2 }] } });
});

test("whoever is dismissed has got everything before, and is told when to come again", () => {
  const audience = new Audience("s", new ManualClock());
  const mia = link("mia");
  audience.add(mia.link);
  audience.push(event(1));
  audience.dismiss("the store is unavailable", 1000);
  expect(mia.sent.map(({ method }) => method)).toEqual(["session/frames", "session/closed"]);
  expect(mia.sent[1]?.params.resumeAfter).toBe(1000);
  expect(audience.size).toBe(0);
});

test("fragments alone are joined for 16 ms after the first; an event does not wait", async () => {
  const clock = new ManualClock();
  const audience = new Audience("s", clock);
  const mia = link("mia");
  audience.add(mia.link);
  const breath = () => new Promise((resolve) => setImmediate(resolve));
  audience.push(delta(0, "a"));
  await breath();
  expect(mia.frames()).toHaveLength(1);
  audience.push(delta(1, "b"));
  await breath();
  expect(mia.frames()).toHaveLength(1);
  audience.push(delta(2, "c"));
  await clock.advance(16, async () => {});
  expect(mia.frames().at(-1)).toEqual(delta(1, "bc"));
  audience.push(delta(3, "d"));
  audience.push(event(9));
  await breath();
  expect(mia.frames().at(-1)).toEqual({ seq: 9 });
});

test("fragments of all sessions leave at the same moment, whenever each began: a client of many is written to once", async () => {
  const clock = new ManualClock();
  const left: number[] = [];
  const watch = (sessionId: string) => {
    const audience = new Audience(sessionId, clock);
    audience.add({ ...link("mia").link, send: () => void left.push(clock.now()) });
    audience.push(delta(0, "a"));
    audience.flush();
    return audience;
  };
  const nothing = async () => {};
  const one = watch("one");
  await clock.advance(5, nothing);
  const other = watch("other");
  left.length = 0;
  one.push(delta(1, "b"));
  other.push(delta(1, "b"));
  await clock.advance(16, nothing);
  expect(left).toHaveLength(2);
  expect(left[0]).toBe(left[1]);
});
