import { describe, expect, test } from "vitest";
import type { Change } from "../../packages/protocol/src/client/index.ts";
import { attached, change, frames, read, rejection } from "./attached.ts";
import { SessionModel } from "./model.ts";
import { talk } from "./scripted.ts";

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
