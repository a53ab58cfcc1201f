import { describe, expect, test } from "vitest";
import { attached, change } from "./attached.ts";
import { SessionModel } from "./model.ts";

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
