import { describe, expect, test } from "vitest";
import type { Attachment, Change } from "../../packages/protocol/src/client/index.ts";
import type { SessionEvent } from "../../packages/protocol/src/types.ts";
import { SessionModel } from "./model.ts";
import { type Asked, type Peer, type Talking, talk } from "./scripted.ts";

/** A client attached to a session with one open block that says "The ans". */
type Attached = Talking & { peer: Peer; model: SessionModel; attachment: Attachment; block: number; changes: Change[] };

async function attached(): Promise<Attached> {
  const talking = await talk();
  const model = new SessionModel();
  const block = model.open("text").seq;
  model.say(model.view.blocks[0]!, "The ans");
  const attaching = talking.client.attach("s");
  const peer = await talking.daemon.peer();
  peer.answer(await peer.asked(), model.attach({}));
  const attachment = await attaching;
  const changes: Change[] = [];
  attachment.onChange((change) => changes.push(change));
  return { ...talking, peer, model, attachment, block, changes };
}

const frames = (...list: unknown[]) => ({ sessionId: "s", frames: list });

/** Resolves once a change of this kind comes. */
const change = <K extends Change["is"]>(attachment: Attachment, is: K) =>
  new Promise<Extract<Change, { is: K }>>((resolve) => {
    const stop = attachment.onChange((one) => {
      if (one.is !== is) return;
      stop();
      resolve(one as Extract<Change, { is: K }>);
    });
  });

/** Resolves when the client has read everything the daemon said so far. */
async function read({ client, peer }: Attached): Promise<void> {
  const asked = client.request("daemon/status", {});
  peer.answer(await peer.asked(), {});
  await asked;
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "it was not refused",
    (error: unknown) => error,
  );

describe("attaching", () => {
  test("shows at once what was already said, the words of open blocks too", async () => {
    const { attachment, model, block } = await attached();
    expect(attachment.sessionId).toBe("s");
    expect(attachment.now).toMatchObject({ view: model.fresh(), link: "live", present: [] });
    expect(attachment.now.open).toEqual(new Map([[block, { text: "The ans", omitted: 0 }]]));
  });

  test("loses nothing of what the daemon says in the same breath", async () => {
    const { client, daemon } = await talk();
    const model = new SessionModel();
    const attaching = client.attach("s");
    const peer = await daemon.peer();
    peer.answer(await peer.asked(), model.attach({}));
    for (let count = 0; count < 20; count++)
      peer.notify("session/frames", frames(model.record({ type: "note.added", text: `${count}` })));
    const attachment = await attaching;
    while (attachment.now.view.seq < model.view.seq) await change(attachment, "event");
    expect(attachment.now.view).toEqual(model.fresh());
  });

  test("to what does not exist is refused, and may be tried again", async () => {
    const { client, daemon } = await talk();
    const refused = rejection(client.attach("s"));
    const peer = await daemon.peer();
    peer.refuse(await peer.asked(), "not_found", "there is no session s");
    expect(await refused).toMatchObject({ code: "not_found", message: "there is no session s" });
    const again = client.attach("s");
    peer.answer(await peer.asked(), new SessionModel().attach({}));
    expect((await again).now.link).toBe("live");
  });

  test("is refused, not endured, when the first answer makes no sense", async () => {
    const { client, daemon } = await talk();
    const refused = rejection(client.attach("s"));
    const peer = await daemon.peer();
    peer.answer(await peer.asked(), { mode: "view", epoch: 1, seq: 3, open: [] });
    expect(await refused).toMatchObject({ message: expect.stringContaining("could not be understood") as string });
  });

  test("twice to the same session is one attachment", async () => {
    const { client, attachment, peer } = await attached();
    expect(await client.attach("s")).toBe(attachment);
    expect(peer.unread).toBe(0);
  });

  test("ends with the client, answered or not", async () => {
    const { client, daemon } = await talk();
    const refused = rejection(client.attach("s"));
    const peer = await daemon.peer();
    await peer.asked();
    peer.close(4401, "this token was revoked");
    expect(await refused).toMatchObject({ code: "unauthorized", message: "this token was revoked" });
  });

  test("waits for a connection that is lost before the answer", async () => {
    const { client, daemon } = await talk();
    const attaching = client.attach("s");
    const first = await daemon.peer();
    await first.asked();
    first.cut();
    const second = await daemon.peer();
    const asked = await second.asked();
    expect(asked).toMatchObject({ method: "session/attach", params: { sessionId: "s" } });
    second.answer(asked, new SessionModel().attach({}));
    expect((await attaching).now.link).toBe("live");
  });
});

describe("following", () => {
  test("words and facts arrive one by one, in order", async () => {
    const world = await attached();
    const { peer, model, attachment, block, changes } = world;
    const open = model.view.blocks[0]!;
    peer.notify("session/frames", frames(model.say(open, "wer is "), model.say(open, "42")));
    peer.notify("session/frames", frames(model.shut(open)));
    await read(world);
    expect(changes).toMatchObject([
      { is: "delta", delta: { block, at: 7, text: "wer is " } },
      { is: "delta", delta: { block, at: 14, text: "42" } },
      { is: "event", recorded: { event: { type: "text.closed", text: "The answer is 42" } } },
    ]);
    expect(attachment.now.view).toEqual(model.fresh());
    expect(attachment.now.open.size).toBe(0);
  });

  test("words that come twice are shown once, and late ones not at all", async () => {
    const world = await attached();
    const { peer, model, attachment, block, changes } = world;
    peer.notify(
      "session/frames",
      frames({ block, at: 4, text: "answer" }, { block, at: 0, text: "The" }, { block, at: 10, text: "" }),
    );
    model.say(model.view.blocks[0]!, "wer");
    peer.notify("session/frames", frames(model.shut(model.view.blocks[0]!), { block, at: 10, text: " late" }));
    await read(world);
    expect(changes.map((one) => (one.is === "delta" ? one.delta : one.is))).toEqual([
      { block, at: 7, text: "wer" },
      "event",
    ]);
    expect(attachment.now.open.size).toBe(0);
  });

  test("an event that comes twice is folded once", async () => {
    const world = await attached();
    const { peer, model, attachment, changes } = world;
    const note = model.record({ type: "note.added", text: "once" });
    peer.notify("session/frames", frames(note, note));
    peer.notify("session/frames", frames(note));
    await read(world);
    expect(changes).toHaveLength(1);
    expect(attachment.now.view).toEqual(model.fresh());
  });

  test("who else is there, and what the daemon warns of, is told", async () => {
    const world = await attached();
    const { peer, attachment, changes } = world;
    const present = [{ by: { principal: "ann", client: "cli" }, attachments: 2 }];
    peer.notify("session/presence", { sessionId: "s", present });
    peer.notify("session/warning", { sessionId: "s", message: "you read too slowly" });
    await read(world);
    expect(attachment.now.present).toEqual(present);
    expect(changes).toEqual([{ is: "presence" }, { is: "warning", message: "you read too slowly" }]);
  });

  test("presence that is no list changes nothing", async () => {
    const world = await attached();
    world.peer.notify("session/presence", { sessionId: "s", present: "everybody" });
    await read(world);
    expect([world.attachment.now.present, world.changes]).toEqual([[], []]);
  });

  test("who stopped listening hears nothing more", async () => {
    const world = await attached();
    const { peer, model, attachment } = world;
    const heard: Change[] = [];
    const stop = attachment.onChange((one) => {
      heard.push(one);
      stop();
    });
    peer.notify(
      "session/frames",
      frames(model.record({ type: "note.added", text: "1" }), model.record({ type: "note.added", text: "2" })),
    );
    await read(world);
    expect(heard).toHaveLength(1);
  });

  test("other sessions' frames are none of its business", async () => {
    const world = await attached();
    const { peer, model, attachment } = world;
    peer.notify("session/frames", { sessionId: "other", frames: [{ seq: 99, event: { type: "session.deleted" } }] });
    await read(world);
    expect(attachment.now.view).toEqual(model.fresh());
  });
});

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
    [{ seq: 4, at: 1, v: 1, by: null, event: { type: "step.ended" } }],
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

describe("when the daemon closes the session", () => {
  test("it is attached again after the time it says, and the reason is told", async () => {
    const { peer, model, attachment, changes, timers } = await attached();
    const live = change(attachment, "view");
    peer.notify("session/closed", { sessionId: "s", reason: "the disk is full", resumeAfter: 700 });
    const asked = await peer.asked();
    expect(timers.waits).toEqual([700]);
    expect(attachment.now.link).toBe("reconnecting");
    model.crash(1);
    peer.answer(asked, model.attach(asked.params));
    await live;
    expect(changes.slice(0, 2)).toEqual([{ is: "warning", message: "the disk is full" }, { is: "link" }]);
    expect(attachment.now.link).toBe("live");
  });

  test.each([
    [1e12, 60_000],
    [-1, 1_000],
    ["soon", 1_000],
    [undefined, 1_000],
  ])("a time like %s is not taken literally", async (resumeAfter, waits) => {
    const { peer, timers } = await attached();
    peer.notify("session/closed", { sessionId: "s", reason: "r", resumeAfter });
    await peer.asked();
    expect(timers.waits).toEqual([waits]);
  });

  test("a refusal that may pass is met with patience", async () => {
    const { peer, model, attachment, timers } = await attached();
    const live = change(attachment, "view");
    peer.notify("session/closed", { sessionId: "s", reason: "r", resumeAfter: 10 });
    for (const code of ["store_unavailable", "overloaded", "draining"])
      peer.refuse(await peer.asked(), code, "not now", { retry: true });
    const asked = await peer.asked();
    expect(timers.waits).toEqual([10, 50, 100, 200]);
    peer.answer(asked, model.attach({}));
    await live;
    expect(attachment.now.link).toBe("live");
  });

  test("a refusal for good ends the attachment with its reason, and the others go on", async () => {
    const { client, peer, attachment } = await attached();
    const closed = change(attachment, "link");
    peer.notify("session/closed", { sessionId: "s", reason: "deleted", resumeAfter: 0 });
    await closed;
    const ended = change(attachment, "link");
    peer.refuse(await peer.asked(), "not_found", "session s was deleted");
    await ended;
    expect(attachment.now.link).toBe("closed");
    expect(attachment.ended).toMatchObject({ code: "not_found", message: "session s was deleted" });
    await attachment.detach();
    const other = client.attach("other");
    peer.answer(await peer.asked(), new SessionModel().attach({}));
    expect((await other).now.link).toBe("live");
  });
});

describe("the link", () => {
  test("says when it is lost and when it is back", async () => {
    const { peer, model, daemon, attachment } = await attached();
    const lost = change(attachment, "link");
    peer.cut();
    await lost;
    expect(attachment.now.link).toBe("reconnecting");
    const back = change(attachment, "link");
    const second = await daemon.peer();
    const asked = await second.asked();
    second.answer(asked, model.attach(asked.params));
    await back;
    expect(attachment.now.link).toBe("live");
  });

  test("is closed for good when the daemon no longer takes the token, and says why", async () => {
    const { peer, attachment } = await attached();
    const closed = change(attachment, "link");
    peer.close(4401, "this token was revoked");
    await closed;
    expect(attachment.now.link).toBe("closed");
    expect(attachment.ended).toMatchObject({ code: "unauthorized", message: "this token was revoked" });
  });

  test("is closed with the client", async () => {
    const { client, attachment } = await attached();
    client.close();
    expect(attachment.now.link).toBe("closed");
    expect(attachment.ended).toMatchObject({ message: "this client was closed" });
  });

  test("too slow: it goes on at once from where it was", async () => {
    const { peer, daemon, timers } = await attached();
    peer.close(4408, "too slow");
    expect((await (await daemon.peer()).asked()).params).toEqual({ sessionId: "s", after: 3, epoch: 1 });
    expect(timers.waits).toEqual([0]);
  });
});

describe("detaching", () => {
  test("tells the daemon, hears nothing more, and may be followed by attaching anew", async () => {
    const world = await attached();
    const { client, peer, model, attachment, changes } = world;
    const detached = attachment.detach();
    const asked = await peer.asked();
    expect(asked).toMatchObject({ method: "session/detach", params: { sessionId: "s" } });
    peer.notify("session/frames", frames(model.record({ type: "note.added", text: "late" })));
    peer.notify("session/closed", { sessionId: "s", reason: "late", resumeAfter: 1 });
    peer.answer(asked, {});
    await detached;
    await read(world);
    expect(changes).toEqual([{ is: "link" }]);
    expect([attachment.now.link, attachment.ended]).toEqual(["closed", undefined]);
    const again = client.attach("s");
    peer.answer(await peer.asked(), model.attach({}));
    expect(await again).not.toBe(attachment);
    expect((await again).now.view).toEqual(model.fresh());
  });

  test("while a resync is under way is not undone by its answer", async () => {
    const world = await attached();
    const { peer, model, attachment } = world;
    peer.notify("session/frames", frames({ seq: 99, event: { type: "note.added" } }));
    const resync = await peer.asked();
    const detached = attachment.detach();
    const asked = await peer.asked();
    peer.answer(resync, model.attach(resync.params));
    peer.answer(asked, {});
    await detached;
    expect(attachment.now.link).toBe("closed");
  });

  test("in the middle of frames hears none of the rest", async () => {
    const world = await attached();
    const { peer, model, attachment, changes } = world;
    const left = Promise.withResolvers<void>();
    attachment.onChange((one) => {
      if (one.is === "event") void attachment.detach().then(left.resolve);
    });
    peer.notify(
      "session/frames",
      frames(model.record({ type: "note.added", text: "1" }), model.record({ type: "note.added", text: "2" })),
    );
    peer.answer(await peer.asked(), {});
    await left.promise;
    expect(changes.map(({ is }) => is)).toEqual(["event", "link"]);
  });

  test.each(["refused", "cut"])("is done even if the daemon's answer is %s", async (how) => {
    const { peer, attachment } = await attached();
    const detached = attachment.detach();
    const asked = await peer.asked();
    if (how === "cut") peer.cut();
    else peer.refuse(asked, "not_found", "never heard of it");
    await detached;
    expect(attachment.now.link).toBe("closed");
  });

  test("while the connection is away is done at once, and it does not come back", async () => {
    const { client, peer, daemon, attachment } = await attached();
    const lost = change(attachment, "link");
    peer.cut();
    await lost;
    await attachment.detach();
    const second = await daemon.peer();
    const asked = client.request("daemon/status", {});
    expect(await second.asked()).toMatchObject({ method: "daemon/status" });
    second.answer({ id: 2, method: "", params: {} }, {});
    await asked;
  });
});
