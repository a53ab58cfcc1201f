import { describe, expect, test } from "vitest";
import {
  type Connect,
  ConnectionLost,
  createClient,
  type Loss,
  type WireEvents,
} from "../../packages/protocol/src/client/index.ts";
import { afterThis } from "./sockets.ts";
import { greeting, HandTimers, talk } from "./scripted.ts";

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "it was not refused",
    (error: unknown) => error,
  );

/** A way to connect that never comes about, for as long as the test looks. */
function unreachable(attempts: number): { connect: Connect; tried: Promise<void>; loss: Loss } {
  const { promise: tried, resolve } = Promise.withResolvers<void>();
  const loss = { code: 1006, reason: "nobody there", errno: "ENOENT" };
  let count = 0;
  const connect: Connect = (events) => {
    if (++count === attempts) resolve();
    else setImmediate(() => events.closed(loss.code, loss.reason, loss.errno));
    return { send: () => {}, close: () => {} };
  };
  return { connect, tried, loss };
}

function patient(connect: Connect, chance: number): HandTimers {
  const timers = new HandTimers();
  timers.chance = chance;
  const client = createClient({ connect, client: { name: "test", version: "1" }, timers });
  afterThis(() => client.close());
  return timers;
}

describe("coming back", () => {
  test("waits longer each time, up to five seconds", async () => {
    const { connect, tried } = unreachable(10);
    const timers = patient(connect, 1);
    await tried;
    expect(timers.waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  });

  test("leaves half of the wait to chance, so that not all clients come at once", async () => {
    const { connect, tried } = unreachable(10);
    const timers = patient(connect, 0);
    await tried;
    expect(timers.waits).toEqual([50, 100, 200, 400, 800, 1600, 2500, 2500, 2500]);
  });

  test("begins anew once a connection has worked", async () => {
    const { daemon, client, timers } = await talk();
    for (let round = 0; round < 3; round++) {
      const peer = await daemon.peer();
      const asked = client.request("daemon/status", {});
      peer.answer(await peer.asked(), {});
      await asked;
      peer.cut();
    }
    await daemon.peer();
    expect(timers.waits).toEqual([50, 50, 50]);
  });

  test("goes on slower when connections are greeted and then die at once", async () => {
    const { daemon, timers } = await talk();
    for (let round = 0; round < 4; round++) (await daemon.peer()).cut();
    await daemon.peer();
    expect(timers.waits).toEqual([50, 100, 200, 400]);
  });

  test("is immediate after the daemon found us too slow", async () => {
    const { daemon, timers } = await talk();
    (await daemon.peer()).close(4408, "too slow");
    await daemon.peer();
    expect(timers.waits).toEqual([0]);
  });

  test("asks its owner first, who may start the daemon and have it tried at once", async () => {
    const losses: Loss[] = [];
    const { daemon, timers } = await talk({
      onLoss: async (loss) => {
        losses.push(loss);
        await Promise.resolve();
        return losses.length === 1 ? "now" : "later";
      },
    });
    (await daemon.peer()).close(4410, "restarting");
    (await daemon.peer()).cut();
    await daemon.peer();
    expect(losses).toMatchObject([{ code: 4410, reason: "restarting" }, { code: 1006 }]);
    expect(timers.waits).toEqual([0, 50]);
  });

  test("ends when its owner says so, with the reason of the loss", async () => {
    const { connect, loss } = unreachable(2);
    const client = createClient({ connect, client: { name: "test", version: "1" }, onLoss: () => "stop" });
    const error = await rejection(client.request("session/input", { sessionId: "s", text: "t" }));
    expect(error).toBeInstanceOf(ConnectionLost);
    expect(error).toMatchObject({ message: "nobody there", loss });
  });

  test("ends with what its owner throws: a daemon that could not be started", async () => {
    const { connect } = unreachable(2);
    const onLoss = () => Promise.reject(new Error("the daemon does not start: no space left"));
    const client = createClient({ connect, client: { name: "test", version: "1" }, onLoss });
    expect(await rejection(client.ready())).toMatchObject({ message: "the daemon does not start: no space left" });
  });

  test("does not happen after the client was closed", async () => {
    const asked = Promise.withResolvers<"later">();
    const { connect } = unreachable(5);
    const timers = new HandTimers();
    const called = Promise.withResolvers<void>();
    const client = createClient({
      connect,
      client: { name: "test", version: "1" },
      timers,
      onLoss: () => {
        called.resolve();
        return asked.promise;
      },
    });
    await called.promise;
    client.close();
    asked.resolve("later");
    await asked.promise;
    expect(timers.waits).toEqual([]);
  });
});

describe("what coming back would not change ends the client with plain words", () => {
  test.each([
    [4401, "", "unauthorized", "token"],
    [4401, "this token was revoked", "unauthorized", "this token was revoked"],
    [4403, "", "forbidden", "role"],
    [4409, "", "version", "update the older"],
  ])("close code %i %s", async (closeCode, reason, code, words) => {
    const { daemon, client, timers } = await talk();
    const asked = rejection(client.request("daemon/status", {}));
    const peer = await daemon.peer();
    await peer.asked();
    peer.close(closeCode, reason);
    expect(await asked).toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect(await rejection(client.ready())).toMatchObject({ code });
    expect(timers.waits).toEqual([]);
  });

  test("a daemon of another version refuses the greeting", async () => {
    const { daemon, client, timers } = await talk();
    daemon.greet = (hello, peer) =>
      peer.refuse(hello, "version", "this daemon speaks protocol 2; update your client", { details: { protocol: 2 } });
    expect(await rejection(client.ready())).toMatchObject({
      code: "version",
      message: "this daemon speaks protocol 2; update your client",
    });
    expect(timers.waits).toEqual([]);
  });

  test.each([[{ ...greeting, protocol: 2 }], [null], [undefined], ["hello"]])(
    "a greeting of another protocol: %j",
    async (result) => {
      const { daemon, client } = await talk();
      daemon.greet = (hello, peer) => peer.answer(hello, result);
      expect(await rejection(client.ready())).toMatchObject({
        code: "version",
        message: expect.stringContaining("update the older") as string,
      });
    },
  );

  test("a daemon that is still busy is asked again", async () => {
    const { daemon, client, timers } = await talk();
    daemon.greet = (hello, peer) => peer.refuse(hello, "draining", "restarting; come back", { retry: true });
    await daemon.peer();
    daemon.greet = (hello, peer) => peer.answer(hello, greeting);
    expect(await client.ready()).toEqual(greeting);
    expect(timers.waits).toEqual([50]);
  });
});

describe("the heartbeat", () => {
  const heartbeat = '{"jsonrpc":"2.0","method":"heartbeat","params":{}}';

  test("is sent every fifteen seconds", async () => {
    const { daemon, client, timers } = await talk();
    const peer = await daemon.peer();
    await client.ready();
    timers.beat();
    expect(await peer.noticed()).toBe("heartbeat");
    timers.beat();
    expect(await peer.noticed()).toBe("heartbeat");
    expect(peer.heard).toEqual([heartbeat, heartbeat]);
  });

  test("of the daemon is answered by a client that was silent, and never twice, so that no storm begins", async () => {
    const { daemon, client, timers } = await talk();
    const peer = await daemon.peer();
    await client.ready();
    timers.beat();
    await peer.noticed();
    for (let count = 0; count < 5; count++) peer.notify("heartbeat", {});
    expect(await peer.noticed()).toBe("heartbeat");
    const asked = client.request("daemon/status", {});
    peer.answer(await peer.asked(), {});
    await asked;
    expect(peer.heard.filter((text) => text === heartbeat)).toHaveLength(2);
  });

  test("missing for 45 seconds means that the connection is dead, and a new one is made", async () => {
    const { daemon, client, timers, log } = await talk();
    await daemon.peer();
    await client.ready();
    for (let count = 0; count < 4; count++) timers.beat();
    await daemon.peer();
    expect(log.join("\n")).toContain("silent for 45 seconds");
  });

  test("any word from the daemon keeps the connection", async () => {
    const { daemon, client, timers } = await talk();
    const peer = await daemon.peer();
    await client.ready();
    for (let count = 0; count < 10; count++) {
      timers.beat();
      peer.notify("heartbeat", {});
      const asked = client.request("daemon/status", {});
      peer.answer(await peer.asked(), {});
      await asked;
    }
    expect(daemon.greetings).toBe(1);
  });

  test("a greeting that is never answered is given up as well", async () => {
    const { daemon, timers } = await talk();
    daemon.greet = null;
    await daemon.peer();
    daemon.greet = (hello, peer) => peer.answer(hello, greeting);
    for (let count = 0; count < 3; count++) timers.beat();
    await daemon.peer();
    expect(daemon.greetings).toBe(2);
  });
});

describe("a wire of another kind, a browser's perhaps,", () => {
  /** Says what the test says; the newest connection is the last. */
  function byHand() {
    const wires: { events: WireEvents; sent: string[] }[] = [];
    const timers = new HandTimers();
    const next = Promise.withResolvers<void>();
    const connect: Connect = (events) => {
      const wire = { events, sent: [] as string[] };
      if (wires.push(wire) === 2) next.resolve();
      return { send: (text) => wire.sent.push(text), close: () => {} };
    };
    const client = createClient({ connect, client: { name: "test", version: "1" }, timers });
    afterThis(() => client.close());
    return { wires, timers, client, second: next.promise };
  }

  test("is sent nothing before it is open", () => {
    const { wires, timers, client } = byHand();
    void client.request("daemon/status", {}).catch(() => "the client is closed at the end");
    timers.beat();
    expect(wires[0]!.sent).toEqual([]);
    wires[0]!.events.opened();
    expect(wires[0]!.sent.map((text) => (JSON.parse(text) as { method: string }).method)).toEqual([
      "initialize",
      "daemon/status",
    ]);
  });

  test("is not listened to after it was left, whatever it still says", async () => {
    const { wires, client, second } = byHand();
    const [first] = wires;
    first!.events.opened();
    first!.events.text("nonsense");
    first!.events.text(JSON.stringify({ id: 0, result: { ...greeting, principal: "too late" } }));
    first!.events.closed(4401, "too late");
    await second;
    wires[1]!.events.opened();
    first!.events.opened();
    wires[1]!.events.text(JSON.stringify({ id: 0, result: greeting }));
    expect(await client.ready()).toEqual(greeting);
    expect(wires[1]!.sent).toHaveLength(1);
  });

  test("may say other things before it answers the greeting", async () => {
    const { wires, client } = byHand();
    wires[0]!.events.opened();
    wires[0]!.events.text('{"method":"heartbeat","params":{}}');
    wires[0]!.events.text('{"id":7,"result":{}}');
    wires[0]!.events.text(JSON.stringify({ id: 0, result: greeting }));
    expect(await client.ready()).toEqual(greeting);
  });
});

describe("a daemon that talks nonsense", () => {
  test.each([
    ["not JSON"],
    ["[1,2]"],
    ["7"],
    ["null"],
    ['"text"'],
    ['{"method":7}'],
    ['{"method":"session/frames"}'],
    ['{"method":"x","params":3}'],
    ["{}"],
  ])("is left with 4400 and tried again: %s", async (nonsense) => {
    const { daemon, client } = await talk();
    const peer = await daemon.peer();
    await client.ready();
    peer.raw(nonsense);
    expect(await peer.left).toMatchObject({ code: 4400 });
    const asked = client.request("daemon/status", {});
    const next = await daemon.peer();
    next.answer(await next.asked(), { pid: 1 });
    expect(await asked).toEqual({ pid: 1 });
  });

  test.each([
    ['{"id":99,"result":1}'],
    ['{"id":null,"error":{"message":"what?"}}'],
    ['{"id":{},"result":1}'],
    ['{"method":"brand/new","params":{}}'],
    ['{"method":"session/frames","params":{"sessionId":"nobody","frames":[null]}}'],
    ['{"method":"session/presence","params":{}}'],
    ['{"method":"home/frames","params":{"sessions":7}}'],
  ])("what only concerns nobody here is passed over: %s", async (odd) => {
    const { daemon, client } = await talk();
    const peer = await daemon.peer();
    peer.raw(odd);
    const asked = client.request("daemon/status", {});
    peer.answer(await peer.asked(), { pid: 1 });
    expect(await asked).toEqual({ pid: 1 });
    expect(daemon.greetings).toBe(1);
  });
});
