import { reducerVersion } from "../../packages/protocol/src/version.ts";
import { describe, expect, test } from "vitest";
import {
  type Connect,
  ConnectionLost,
  createClient,
  type Loss,
  Refusal,
} from "../../packages/protocol/src/client/index.ts";
import { connectLocal } from "../../packages/protocol/src/client/local.ts";
import { DaimonError } from "../../packages/protocol/src/errors.ts";
import { greeting, scripted, talk } from "./scripted.ts";
import { afterThis } from "./sockets.ts";

const input = { sessionId: "s", text: "hello" };

/** What a promise was rejected with. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "it was not refused",
    (error: unknown) => error,
  );

describe("a request", () => {
  test("is answered with what the daemon says, whichever is answered first", async () => {
    const { client, daemon } = await talk();
    const both = Promise.all([client.request("session/get", { sessionId: "a" }), client.request("daemon/status", {})]);
    const peer = await daemon.peer();
    const [first, second] = [await peer.asked(), await peer.asked()];
    expect([first.method, second.method]).toEqual(["session/get", "daemon/status"]);
    peer.answer(second, { pid: 2 });
    peer.answer(first, { id: "a" });
    expect(await both).toEqual([{ id: "a" }, { pid: 2 }]);
  });

  test("made before there is a connection is sent once there is one", async () => {
    const { client, daemon } = await talk();
    const asked = client.request("daemon/status", {});
    const peer = await daemon.peer();
    expect(peer.hello).toMatchObject({
      method: "initialize",
      params: { protocol: 1, reducer: reducerVersion, client: { name: "test", version: "1" } },
    });
    peer.answer(await peer.asked(), { pid: 1 });
    expect(await asked).toEqual({ pid: 1 });
  });

  test("that is refused tells code, details and whether to try again", async () => {
    const { client, daemon } = await talk();
    const refused = rejection(client.request("session/input", input));
    const peer = await daemon.peer();
    peer.refuse(await peer.asked(), "busy", "a turn runs; wait or interrupt it", { retry: true, details: { turn: 7 } });
    const error = await refused;
    expect(error).toBeInstanceOf(DaimonError);
    expect(error).toMatchObject({
      code: "busy",
      message: "a turn runs; wait or interrupt it",
      retry: true,
      details: { turn: 7 },
    });
  });

  test.each([
    [
      "a code from a newer daemon",
      { code: -32000, message: "new", data: { code: "brand_new", retry: false } },
      "invalid",
      { code: "brand_new" },
    ],
    [
      "a new code worth retrying",
      { code: -32000, message: "new", data: { code: "brand_new", retry: true } },
      "overloaded",
      { code: "brand_new" },
    ],
    ["a bare JSON-RPC error", { code: -32601, message: "no such method" }, "invalid", {}],
    ["an error that is none", "nonsense", "invalid", {}],
    ["an error of nothing", null, "invalid", {}],
  ])("%s still is a refusal with words", async (_name, wrong, code, details) => {
    const { client, daemon } = await talk();
    const refused = rejection(client.request("daemon/status", {}));
    const peer = await daemon.peer();
    const { id } = await peer.asked();
    peer.say({ id, error: wrong });
    const error = (await refused) as Refusal;
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ code, details });
    expect(error.message).not.toBe("");
  });

  test("larger than a frame may be is refused before it is sent, and harms no other", async () => {
    const { client, daemon } = await talk();
    const peer = await daemon.peer();
    for (const text of ["x".repeat(1024 * 1024), "漢".repeat(400_000)])
      expect(await rejection(client.request("session/input", { sessionId: "s", text }))).toMatchObject({
        code: "too_large",
      });
    const fits = client.request("session/input", { sessionId: "s", text: "漢".repeat(340_000) });
    peer.answer(await peer.asked(), { seq: 1, inputId: 1 });
    expect(await fits).toEqual({ seq: 1, inputId: 1 });
  });

  test("that its asker gave up is forgotten; a late answer harms nobody", async () => {
    const { client, daemon } = await talk();
    const giveUp = new AbortController();
    const refused = rejection(client.request("session/get", { sessionId: "a" }, { signal: giveUp.signal }));
    const peer = await daemon.peer();
    const late = await peer.asked();
    giveUp.abort(new Error("never mind"));
    expect(await refused).toMatchObject({ message: "never mind" });
    peer.answer(late, {});
    const next = client.request("daemon/status", {});
    peer.answer(await peer.asked(), { pid: 3 });
    expect(await next).toEqual({ pid: 3 });
    expect(await rejection(client.request("daemon/status", {}, { signal: giveUp.signal }))).toMatchObject({
      message: "never mind",
    });
    expect(peer.unread).toBe(0);
  });

  test("that nobody waits for any more is not sent again", async () => {
    const { client, daemon } = await talk();
    const giveUp = new AbortController();
    const refused = rejection(client.request("session/input", input, { signal: giveUp.signal }));
    const first = await daemon.peer();
    await first.asked();
    giveUp.abort(new Error("never mind"));
    await refused;
    first.cut();
    const second = await daemon.peer();
    const next = client.request("daemon/status", {});
    expect(await second.asked()).toMatchObject({ method: "daemon/status" });
    second.answer({ id: 2, method: "", params: {} }, {});
    await next;
  });
});

describe("when the connection is lost before the answer", () => {
  test("a command is sent again with the opId it had, so that it is done once", async () => {
    const { client, daemon } = await talk();
    const sent = client.request("session/input", input);
    const first = await daemon.peer();
    const before = await first.asked();
    expect(before.params["opId"]).toEqual(expect.stringMatching(/^.{10,100}$/));
    first.cut();
    const second = await daemon.peer();
    const after = await second.asked();
    expect(after).toEqual(before);
    second.answer(after, { seq: 4, inputId: 4 });
    expect(await sent).toEqual({ seq: 4, inputId: 4 });
  });

  test("the caller's own opId is kept, from options or parameters", async () => {
    const { client, daemon } = await talk();
    void client.request("session/input", input, { opId: "mine" }).catch(() => "the client is closed at the end");
    void client
      .request("session/input", { ...input, opId: "also mine" })
      .catch(() => "the client is closed at the end");
    const peer = await daemon.peer();
    expect([(await peer.asked()).params["opId"], (await peer.asked()).params["opId"]]).toEqual(["mine", "also mine"]);
  });

  test("every command has an opId of its own", async () => {
    const { client, daemon } = await talk();
    const peer = await daemon.peer();
    for (let count = 0; count < 50; count++)
      void client.request("session/input", input).catch(() => "the client is closed at the end");
    const ids = new Set<unknown>();
    for (let count = 0; count < 50; count++) ids.add((await peer.asked()).params["opId"]);
    expect(ids.size).toBe(50);
  });

  test("a question is asked again, without an opId", async () => {
    const { client, daemon } = await talk();
    const asked = client.request("session/list", {});
    const first = await daemon.peer();
    expect((await first.asked()).params).toEqual({});
    first.cut();
    const second = await daemon.peer();
    second.answer(await second.asked(), { sessions: [] });
    expect(await asked).toEqual({ sessions: [] });
  });

  test("what could happen twice is not sent again: its asker is told plainly", async () => {
    const { client, daemon } = await talk();
    const refused = rejection(client.request("daemon/stop", {}));
    const first = await daemon.peer();
    await first.asked();
    first.close(4410, "leaving");
    const error = (await refused) as ConnectionLost;
    expect(error).toBeInstanceOf(ConnectionLost);
    expect(error.loss).toMatchObject({ code: 4410, reason: "leaving" });
    expect(error.message).toContain("daemon/stop");
  });

  test("what could happen twice but was not sent yet waits for the next connection", async () => {
    const stopping = Promise.withResolvers<object>();
    const { client, daemon } = await talk({
      onLoss: () => {
        stopping.resolve(client.request("daemon/stop", {}));
        return "later";
      },
    });
    (await daemon.peer()).cut();
    const second = await daemon.peer();
    second.answer(await second.asked(), {});
    expect(await stopping.promise).toEqual({});
  });

  test("what could happen twice waits while no connection comes about at all", async () => {
    const daemon = await scripted();
    const losses: number[] = [];
    let tries = 0;
    const connect: Connect = (events) => {
      if (++tries > 3) return connectLocal({ socketPath: daemon.path, token: "t" })(events);
      setImmediate(() => events.closed(tries === 2 ? 1009 : 1006, "nobody there", "ENOENT"));
      return { send: () => {}, close: () => {} };
    };
    const onLoss = ({ code }: Loss) => {
      losses.push(code);
      return "now" as const;
    };
    const client = createClient({ connect, client: { name: "test", version: "1" }, onLoss });
    afterThis(() => client.close());
    const stopped = client.request("daemon/stop", {});
    const peer = await daemon.peer();
    peer.answer(await peer.asked(), {});
    expect(await stopped).toEqual({});
    expect(losses).toEqual([1006, 1009, 1006]);
  });

  test("a greeting that is refused for now does not lose what was asked behind it", async () => {
    const { client, daemon } = await talk();
    daemon.greet = (hello, peer) => peer.refuse(hello, "draining", "restarting; come back", { retry: true });
    const sent = client.request("session/input", input);
    await daemon.peer();
    daemon.greet = (hello, peer) => peer.answer(hello, greeting);
    const second = await daemon.peer();
    second.answer(await second.asked(), { seq: 4, inputId: 4 });
    expect(await sent).toEqual({ seq: 4, inputId: 4 });
  });

  test("what is asked meanwhile is sent in its order", async () => {
    const { client, daemon } = await talk();
    const first = await daemon.peer();
    first.cut();
    await first.left;
    const all = ["a", "b", "c"].map((sessionId) => client.request("session/get", { sessionId }));
    const second = await daemon.peer();
    for (const sessionId of ["a", "b", "c"]) {
      const asked = await second.asked();
      expect(asked.params).toEqual({ sessionId });
      second.answer(asked, { id: sessionId });
    }
    expect(await Promise.all(all)).toHaveLength(3);
  });

  test.each([
    [1009, "too_large"],
    [4400, "invalid"],
    [1007, "invalid"],
  ])("over a message it could not accept (%i), that message is not sent for ever", async (code, expected) => {
    const { client, daemon } = await talk();
    const refused = rejection(client.request("session/input", input));
    const first = await daemon.peer();
    await first.asked();
    first.close(code, "look at it");
    expect(await refused).toMatchObject({ code: expected, message: expect.stringContaining("look at it") as string });
    const second = await daemon.peer();
    const next = client.request("daemon/status", {});
    expect(await second.asked()).toMatchObject({ method: "daemon/status" });
    second.answer({ id: 2, method: "", params: {} }, {});
    await next;
  });

  test("closing the client ends what is open, and what comes later", async () => {
    const { client, daemon } = await talk();
    const refused = rejection(client.request("session/input", input));
    const peer = await daemon.peer();
    await peer.asked();
    client.close();
    expect(await refused).toMatchObject({ message: "this client was closed" });
    expect(await rejection(client.request("daemon/status", {}))).toMatchObject({ message: "this client was closed" });
    expect(await rejection(client.attach("s"))).toMatchObject({ message: "this client was closed" });
    expect(await rejection(client.home(() => {}))).toMatchObject({ message: "this client was closed" });
    expect(await rejection(client.ready())).toMatchObject({ message: "this client was closed" });
    expect((await peer.left).code).toBe(1000);
  });
});
