import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../packages/protocol/src/types.ts";
import { type Attached, attached, change, frames, read } from "./attached.ts";
import { type Asked } from "./scripted.ts";

describe("when something is missing", () => {
  test.each([
    [
      "an event",
      ({ model }: Attached) => [
        model.record({ type: "note.added", text: "lost" }) && model.record({ type: "note.added", text: "seen" }),
      ],
    ],
    [
      "words",
      ({ model }: Attached) => [model.say(model.view.blocks[0]!, "wer ") && model.say(model.view.blocks[0]!, "is 42")],
    ],
    [
      "the beginning of a block",
      ({ model }: Attached) => [model.open("text") && model.say(model.view.blocks[1]!, "more")],
    ],
  ])("%s: it is asked for at once, from where we are", async (_name, seen) => {
    const world = await attached();
    const { peer, model, attachment, changes, timers } = world;
    const before = attachment.now.view.seq;
    peer.notify("session/frames", frames(...seen(world)));
    const asked = await peer.asked();
    expect(asked).toMatchObject({ method: "session/attach", params: { sessionId: "s", after: before, epoch: 1 } });
    peer.notify("session/frames", frames({ seq: 4, event: { type: "note.added", text: "of the old link" } }));
    peer.answer(asked, model.attach(asked.params));
    await read(world);
    expect(attachment.now.view).toEqual(model.fresh());
    expect([...attachment.now.open].map(([id, { text }]) => [id, text])).toEqual([...model.said]);
    expect(changes.map(({ is }) => is)).not.toContain("view");
    expect(timers.waits).toEqual([]);
  });

  test("again and again, it is asked for more slowly", async () => {
    const { peer, model, timers } = await attached();
    for (let round = 0; round < 4; round++) {
      peer.notify("session/frames", frames({ seq: 99, event: { type: "note.added" } }));
      const asked = await peer.asked();
      peer.answer(asked, model.attach(asked.params));
    }
    peer.notify("session/frames", frames({ seq: 99, event: { type: "note.added" } }));
    await peer.asked();
    expect(timers.waits).toEqual([50, 100, 200, 400]);
  });

  test("more output than is still at hand is not told word by word: the view comes anew", async () => {
    const world = await attached();
    const { peer, model, attachment, changes } = world;
    peer.notify("session/frames", frames(model.open("stdout")));
    await read(world);
    const output = model.view.blocks[1]!;
    for (let line = 0; line < 20; line++) model.say(output, `${line}`.padStart(9_999) + "\n");
    peer.notify("session/frames", frames({ block: output.id, at: 199_999, text: "." }));
    const asked = await peer.asked();
    peer.answer(asked, model.attach(asked.params));
    await read(world);
    expect(changes.map(({ is }) => is)).toEqual(["event", "view"]);
    const { text, omitted } = attachment.now.open.get(output.id)!;
    expect(text.length + omitted).toBe(200_000);
  });

  test("text of a block that is not open is passed over", async () => {
    const world = await attached();
    const { peer, model, attachment, block } = world;
    peer.notify("session/frames", frames({ seq: 99, event: { type: "note.added" } }));
    const asked = await peer.asked();
    const reply = model.attach(asked.params);
    peer.answer(asked, { ...reply, open: [{ block: 99, text: "whose?" }, ...reply.open] });
    await read(world);
    expect([...attachment.now.open.keys()]).toEqual([block]);
  });

  test("and so are more than the daemon would tell one by one: the view comes anew", async () => {
    const world = await attached();
    const { peer, model, attachment, changes } = world;
    peer.notify("session/frames", frames({ seq: 99, event: { type: "note.added" } }));
    model.record({ type: "note.added", text: "one of thousands" });
    peer.answer(await peer.asked(), model.attach({}));
    await read(world);
    expect(changes).toEqual([{ is: "view" }]);
    expect(attachment.now.view).toEqual(model.fresh());
  });
});

describe("when what comes makes no sense", () => {
  const odd: [unknown][] = [
    [null],
    ["frame"],
    [{}],
    [{ seq: "4", event: { type: "note.added" } }],
    [{ seq: 4 }],
    [{ seq: 4, event: null }],
    [{ seq: 4, event: { type: 7 } }],
    [{ seq: 1.5, event: { type: "note.added" } }],
    [{ block: 3, at: -1, text: "x" }],
    [{ block: 3, at: 0, text: 7 }],
    [{ block: 3, at: 0 }],
    [{ seq: 4, at: 1, v: 1, by: null, event: { type: "kernel.lost" } }],
  ];
  test.each(odd)("%j: a whole view is asked for", async (frame) => {
    const world = await attached();
    const { peer, model, attachment } = world;
    peer.notify("session/frames", frames(frame));
    const asked = await peer.asked();
    expect(asked).toMatchObject({ method: "session/attach", params: { sessionId: "s" } });
    expect(asked.params).not.toHaveProperty("after");
    peer.answer(asked, model.attach(asked.params));
    await read(world);
    expect(attachment.now.view).toEqual(model.fresh());
  });

  test("frames that are no list: a whole view is asked for", async () => {
    const { peer } = await attached();
    peer.notify("session/frames", { sessionId: "s", frames: { length: 3 } });
    expect((await peer.asked()).params).toEqual({ sessionId: "s" });
  });

  test.each([
    [null],
    ["attached"],
    [{ mode: "view", epoch: 1, seq: 3, open: [] }],
    [{ mode: "view", epoch: 1, seq: 3, open: [], view: { seq: 3 } }],
    [{ mode: "events", epoch: 1, seq: 3, open: [] }],
    [{ mode: "events", epoch: 2, seq: 9, open: [], events: [null] }],
    [{ mode: "events", epoch: 2, seq: 9, open: [], events: [{ seq: 9, event: { type: "note.added" } }] }],
    [{ mode: "events", epoch: 1, seq: 3, open: [null], events: [] }],
    [{ mode: "events", epoch: 1, seq: 3, open: [{ block: 3 }], events: [] }],
    [{ mode: "events", epoch: "1", seq: 3, open: [], events: [] }],
  ])("an attach reply like %j is not taken; a whole view is asked for", async (reply) => {
    const world = await attached();
    const { peer, model, attachment } = world;
    peer.notify("session/frames", frames({ seq: 99, event: { type: "note.added" } }));
    peer.answer(await peer.asked(), reply);
    const asked = await peer.asked();
    expect(asked.params).toEqual({ sessionId: "s" });
    peer.answer(asked, model.attach({}));
    await read(world);
    expect(attachment.now).toMatchObject({ view: model.fresh(), link: "live" });
  });
});

describe("an event that only a newer daemon knows", () => {
  const future = { type: "future.happened" } as unknown as SessionEvent;

  test("is folded as far as it can be, and its daemon's view is asked for", async () => {
    const world = await attached();
    const { peer, model, attachment, changes } = world;
    peer.notify("session/frames", frames(model.record(future), model.record({ type: "note.added", text: "after it" })));
    const asked = await peer.asked();
    expect(asked.params).toEqual({ sessionId: "s" });
    expect(attachment.now.view.seq).toBe(model.view.seq);
    const theirs = { ...model.attach({}), view: { ...model.fresh(), title: "only they could know" } };
    peer.answer(asked, theirs);
    await read(world);
    expect(changes.map(({ is }) => is)).toEqual(["event", "event", "view"]);
    expect(attachment.now.view.title).toBe("only they could know");
  });

  test("among those missed while away asks for the view as well", async () => {
    const { peer, model, daemon } = await attached();
    peer.cut();
    model.record(future);
    const second = await daemon.peer();
    const resumed = await second.asked();
    second.answer(resumed, model.attach(resumed.params));
    expect((await second.asked()).params).toEqual({ sessionId: "s" });
  });

  test("among those missed while the daemon came back asks for the view as well", async () => {
    const { peer, model, daemon } = await attached();
    peer.cut();
    model.crash(1);
    model.record(future);
    const second = await daemon.peer();
    const resumed = await second.asked();
    second.answer(resumed, model.attach(resumed.params));
    expect((await second.asked()).params).toEqual({ sessionId: "s" });
  });

  test("of a plugin changes nothing that is shown, and nothing is asked", async () => {
    const world = await attached();
    world.peer.notify("session/frames", frames(world.model.record({ type: "x.weather" } as unknown as SessionEvent)));
    await read(world);
    expect(world.attachment.now.view.seq).toBe(world.model.view.seq);
    expect(world.peer.unread).toBe(0);
  });
});

describe("another epoch", () => {
  test("says which words had been shown but were not saved", async () => {
    const { peer, model, daemon, attachment, block, changes } = await attached();
    const shown = change(attachment, "delta");
    peer.notify("session/frames", frames(model.say(model.view.blocks[0]!, "wer is 42")));
    await shown;
    const back = change(attachment, "unsaved");
    model.crash(0.5);
    peer.cut();
    const second = await daemon.peer();
    const asked: Asked = await second.asked();
    expect(asked.params).toEqual({ sessionId: "s", after: 3, epoch: 1 });
    second.answer(asked, model.attach(asked.params));
    expect(await back).toEqual({ is: "unsaved", block, text: "er is 42" });
    expect(changes.map(({ is }) => is)).toEqual(["delta", "link", "view", "link", "unsaved"]);
    expect(attachment.now.view).toEqual(model.fresh());
    expect(attachment.now.open.size).toBe(0);
  });

  test("is what it takes: under the same one nothing is said to be lost, even if people went back before it", async () => {
    const world = await attached();
    const { peer, model, attachment, changes } = world;
    peer.notify("session/frames", frames({ seq: 99, event: { type: "note.added" } }));
    model.shut(model.view.blocks[0]!);
    model.record({ type: "head.moved", to: null, restore: "conversation" });
    peer.answer(await peer.asked(), model.attach({}));
    await read(world);
    expect(changes).toEqual([{ is: "view" }]);
    expect(attachment.now.view.items).toEqual([]);
  });

  test("says nothing of words that were saved whole", async () => {
    const world = await attached();
    const { peer, model, daemon, attachment, changes } = world;
    const live = change(attachment, "view");
    model.crash(1);
    peer.cut();
    const second = await daemon.peer();
    const asked = await second.asked();
    second.answer(asked, model.attach(asked.params));
    await live;
    await read({ ...world, peer: second });
    expect(changes.map(({ is }) => is)).not.toContain("unsaved");
  });
});
