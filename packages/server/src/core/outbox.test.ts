import { emptyView, type Recorded } from "@daimon/protocol";
import { expect, test } from "vitest";
import { type Outgoing, Outbox } from "./outbox.ts";

const event = (seq: number): Outgoing => ({ is: "event", recorded: { seq } as Recorded, view: { ...emptyView, seq } });
const delta = (text: string): Outgoing => ({ is: "delta", delta: { block: 1, at: 0, text } });

function outbox() {
  const left: string[] = [];
  const act = (name: string): Outgoing => ({
    is: "act",
    act: () => left.push(name),
    drop: () => left.push(`dropped ${name}`),
  });
  const out = new Outbox((outgoing) => {
    if (outgoing.is === "act") outgoing.act();
    else left.push(outgoing.is === "event" ? `event ${outgoing.recorded.seq}` : `delta ${outgoing.delta.text}`);
  });
  return { out, left, act };
}

test("nothing leaves before everything recorded before it is durable, and all of it in order", () => {
  const { out, left, act } = outbox();
  out.push(1, event(1));
  out.push(1, delta("a"));
  out.push(1, act("reply"));
  out.push(2, event(2));
  expect(left).toEqual([]);
  out.written(1);
  expect(left).toEqual(["event 1", "delta a", "reply"]);
  out.written(2);
  expect(left.at(-1)).toBe("event 2");
  expect(out.empty).toBe(true);
});

test("where everything is durable, an answer leaves at once", () => {
  const { out, left, act } = outbox();
  out.written(5);
  out.push(5, act("refusal"));
  expect(left).toEqual(["refusal"]);
});

test("what a release causes comes after what already waits", () => {
  const left: string[] = [];
  const push = (name: string, then = () => {}): Outgoing => ({
    is: "act",
    act: () => {
      left.push(name);
      then();
    },
    drop() {},
  });
  const out: Outbox = new Outbox((outgoing) => {
    if (outgoing.is === "act") outgoing.act();
  });
  out.push(
    1,
    push("first", () => out.push(1, push("caused"))),
  );
  out.push(1, push("second"));
  out.written(1);
  expect(left).toEqual(["first", "second", "caused"]);
});

test("one release is over before the next begins, though it lets something more out", () => {
  const steps: string[] = [];
  const out = new Outbox((outgoing) => {
    const name = outgoing.is === "event" ? `event ${outgoing.recorded.seq}` : outgoing.is;
    steps.push(`${name} leaves`);
    if (outgoing.is === "event") out.push(1, delta("caused"));
    steps.push(`${name} has left`);
  });
  out.push(1, event(1));
  out.written(1);
  expect(steps).toEqual(["event 1 leaves", "event 1 has left", "delta leaves", "delta has left"]);
});

test("what will never be durable does not leave: askers are told, events and fragments are gone", () => {
  const { out, left, act } = outbox();
  out.push(1, event(1));
  out.push(1, delta("a"));
  out.push(1, act("reply"));
  out.drop(0);
  expect(left).toEqual(["dropped reply"]);
  // The numbers are given again: what takes them waits for its own commit.
  out.push(1, event(1));
  expect(left).toHaveLength(1);
  out.written(1);
  expect(left).toEqual(["dropped reply", "event 1"]);
});
