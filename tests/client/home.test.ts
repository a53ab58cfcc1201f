import { describe, expect, test } from "vitest";
import { createClient, type HomeChange } from "../../packages/protocol/src/client/index.ts";
import type { Summary } from "../../packages/protocol/src/types.ts";
import { type Peer, type Talking, talk } from "./scripted.ts";

const nothingYet = {
  cwd: "/",
  model: "m",
  mode: "ask",
  seq: 1,
  created: 1,
  at: 1,
  doing: "idle",
  asks: 0,
  queued: 0,
  preview: "",
} as const;
const summary = (id: string, title = id): Summary => ({ id, title, ...nothingYet });

type Listening = Talking & { peer: Peer; heard: HomeChange[]; stop: () => void };

async function listening(): Promise<Listening> {
  const talking = await talk();
  const heard: HomeChange[] = [];
  const home = talking.client.home((change) => heard.push(change));
  const peer = await talking.daemon.peer();
  const asked = await peer.asked();
  expect(asked).toMatchObject({ method: "home/attach", params: {} });
  peer.answer(asked, { sessions: [summary("a"), summary("b")] });
  return { ...talking, peer, heard, stop: await home };
}

async function read({ client, peer }: Pick<Listening, "client" | "peer">): Promise<void> {
  const asked = client.request("daemon/status", {});
  peer.answer(await peer.asked(), {});
  await asked;
}

describe("the feed of all sessions", () => {
  test("is whole at first, and then tells what changed", async () => {
    const world = await listening();
    world.peer.notify("home/frames", { sessions: [summary("a", "new title")], removed: ["b"] });
    world.peer.notify("home/frames", { sessions: [summary("c")] });
    await read(world);
    expect(world.heard).toEqual([
      { is: "all", sessions: [summary("a"), summary("b")] },
      { is: "some", sessions: [summary("a", "new title")], removed: ["b"] },
      { is: "some", sessions: [summary("c")], removed: [] },
    ]);
  });

  test("is whole for one who listens later, without asking again", async () => {
    const world = await listening();
    world.peer.notify("home/frames", { sessions: [summary("c")], removed: ["b"] });
    await read(world);
    const late: HomeChange[] = [];
    await world.client.home((change) => late.push(change));
    expect(late).toEqual([{ is: "all", sessions: [summary("a"), summary("c")] }]);
    expect(world.peer.unread).toBe(0);
  });

  test("comes back whole after a lost connection, without what is gone", async () => {
    const world = await listening();
    world.peer.cut();
    const peer = await world.daemon.peer();
    peer.notify("home/frames", { sessions: [summary("too early")] });
    peer.answer(await peer.asked(), { sessions: [summary("b")] });
    await read({ ...world, peer });
    expect(world.heard.slice(1)).toEqual([{ is: "all", sessions: [summary("b")] }]);
  });

  test("is not asked for when nobody listens any more", async () => {
    const world = await listening();
    world.stop();
    world.peer.notify("home/frames", { sessions: [summary("c")] });
    await read(world);
    expect(world.heard).toHaveLength(1);
    world.peer.cut();
    const peer = await world.daemon.peer();
    const asked = world.client.request("daemon/status", {});
    expect(await peer.asked()).toMatchObject({ method: "daemon/status" });
    peer.answer({ id: 3, method: "", params: {} }, {});
    await asked;
  });

  test("that is refused tells its asker", async () => {
    const { client, daemon } = await talk();
    const refused = client.home(() => {}).catch((error: unknown) => error);
    const peer = await daemon.peer();
    peer.refuse(await peer.asked(), "forbidden", "this token may not look");
    expect(await refused).toMatchObject({ code: "forbidden" });
  });

  test("that is refused for now is asked for again", async () => {
    const { client, daemon, timers } = await talk();
    const home = client.home(() => {});
    const peer = await daemon.peer();
    peer.refuse(await peer.asked(), "overloaded", "not now", { retry: true });
    peer.answer(await peer.asked(), { sessions: [] });
    await home;
    expect(timers.waits).toEqual([50]);
  });

  test("is asked for once, however many listen from the start", async () => {
    const { client, daemon } = await talk();
    await client.ready();
    const both = Promise.all([client.home(() => {}), client.home(() => {})]);
    const peer = await daemon.peer();
    peer.answer(await peer.asked(), { sessions: [] });
    await both;
    expect(peer.unread).toBe(0);
  });

  test("is asked for again when the connection is lost before the answer", async () => {
    const { client, daemon } = await talk();
    const home = client.home(() => {});
    const first = await daemon.peer();
    await first.asked();
    first.cut();
    const second = await daemon.peer();
    second.answer(await second.asked(), { sessions: [] });
    await home;
  });

  test("that was refused is not asked for behind anybody's back later", async () => {
    const { client, daemon } = await talk();
    const refused = client.home(() => {}).catch((error: unknown) => error);
    const first = await daemon.peer();
    first.refuse(await first.asked(), "forbidden", "this token may not look");
    await refused;
    first.cut();
    const second = await daemon.peer();
    const asked = client.request("daemon/status", {});
    const next = await second.asked();
    expect(next).toMatchObject({ method: "daemon/status" });
    second.answer(next, {});
    await asked;
  });

  test("that nobody could ask for ends with the client", async () => {
    const connect = () => ({ send: () => {}, close: () => {} });
    const client = createClient({ connect, client: { name: "test", version: "1" } });
    const refused = client.home(() => {}).catch((error: unknown) => error);
    client.close();
    expect(await refused).toMatchObject({ message: "this client was closed" });
  });
});
