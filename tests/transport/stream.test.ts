import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { serve } from "./serve.ts";

type Served = Awaited<ReturnType<typeof serve>>;
type Sent = { id?: number; data?: { seq: number }; comment?: string };

/** An event stream as a browser's EventSource would read it. */
async function openStream({ path, token }: Served, url: string, headers: Record<string, string> = {}) {
  const asked = request({
    socketPath: path,
    path: url,
    headers: { accept: "text/event-stream", authorization: `Bearer ${token}`, ...headers },
  }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return { response, asked, events: read(response) };
}

async function* read(response: IncomingMessage): AsyncGenerator<Sent> {
  let rest = "";
  for await (const chunk of response) {
    const parts = `${rest}${String(chunk)}`.split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      if (part.startsWith(":")) yield { comment: part };
      else {
        const [id, data] = part.split("\n");
        yield { id: Number(id?.slice(4)), data: JSON.parse(data?.slice(6) ?? "") };
      }
    }
  }
}

const note = (text: string) => ({ type: "note.added" as const, text });
const seqs = async (events: AsyncGenerator<Sent>, count: number) => {
  const got: (number | undefined)[] = [];
  while (got.length < count) got.push(((await events.next()).value as Sent).id);
  return got;
};

test("a stream gives what was, then what comes, each event once, with its seq as id", async () => {
  const served = await serve();
  const { hub } = served;
  for (let n = 0; n < 8; n++) hub.record(note("before"));
  const { response, events } = await openStream(served, "/api/v1/sessions/s/events");
  expect(response.headers["content-type"]).toBe("text/event-stream");
  expect(response.headers["cache-control"]).toBe("no-store");
  expect(await seqs(events, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  hub.record(note("live"));
  const live = (await events.next()).value as Sent;
  expect(live).toEqual({ id: 9, data: hub.log[8] });
});

test("what happens while the past is being read is neither missed nor told twice", async () => {
  const served = await serve();
  const { hub } = served;
  for (let n = 0; n < 4; n++) hub.record(note("before"));
  const page = hub.answers["session/events"];
  hub.answers["session/events"] = (asked) => {
    hub.record(note("in between")); // seen live, and by the next page as well
    return page?.(asked);
  };
  const { events } = await openStream(served, "/api/v1/sessions/s/events?after=1");
  const got = await seqs(events, 4);
  hub.record(note("live"));
  expect([...got, ...(await seqs(events, 2))]).toEqual([2, 3, 4, 5, 6, 7]);
});

test("a reader that comes back says where it was, and goes on from there", async () => {
  const served = await serve();
  for (let n = 0; n < 6; n++) served.hub.record(note("x"));
  const { events } = await openStream(served, "/api/v1/sessions/s/events?after=1", { "last-event-id": "4" });
  expect(await seqs(events, 2)).toEqual([5, 6]);
});

test("a place that is not in the log is refused as gone, a wrong one as invalid, before any stream", async () => {
  const served = await serve();
  const gone = await openStream(served, "/api/v1/sessions/s/events?after=99");
  expect(gone.response.statusCode).toBe(410);
  expect(gone.response.headers["content-type"]).toMatch("application/json");
  gone.response.resume();
  for (const id of ["x", "-1", "1.5"]) {
    const wrong = await openStream(served, "/api/v1/sessions/s/events", { "last-event-id": id });
    expect(wrong.response.statusCode).toBe(400);
    wrong.response.resume();
  }
  await served.hub.alone();
});

test("a stream is opened by GET only", async () => {
  const served = await serve();
  const asked = request({
    socketPath: served.path,
    method: "HEAD",
    path: "/api/v1/sessions/s/events",
    headers: { accept: "text/event-stream", authorization: `Bearer ${served.token}` },
  }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  expect(response.statusCode).toBe(404);
  expect(served.hub.links.size).toBe(0);
});

test("a quiet stream shows signs of life", async () => {
  const served = await serve();
  const { events } = await openStream(served, "/api/v1/sessions/s/events");
  for (let beat = 0; beat < 2; beat++) {
    served.clock.pass(15_000);
    expect((await events.next()).value).toEqual({ comment: ": heartbeat" });
  }
});

test("a stream ends when the session lets go of it, and its reader may come back", async () => {
  const served = await serve();
  served.hub.record(note("x"));
  const { events } = await openStream(served, "/api/v1/sessions/s/events");
  await seqs(events, 1);
  served.hub.notify("session/closed", { sessionId: "s", reason: "the disk is full", resumeAfter: 100 });
  expect((await events.next()).done).toBe(true);
});

test("a reader that hangs up is forgotten", async () => {
  const served = await serve();
  const { hub, clock } = served;
  hub.record(note("x"));
  const { events, asked } = await openStream(served, "/api/v1/sessions/s/events");
  await seqs(events, 1);
  asked.destroy();
  await hub.alone();
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.waiting).toBe(0);
});

test("what a slow reader has not taken counts against it, so that the session can drop it", async () => {
  const served = await serve();
  const { hub } = served;
  hub.record(note("x"));
  const { events, response } = await openStream(served, "/api/v1/sessions/s/events");
  await seqs(events, 1);
  response.pause();
  const [link] = hub.links;
  for (let n = 0; n < 50; n++) hub.record(note("y".repeat(60_000)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(link?.unsent()).toBeGreaterThan(1024 * 1024);
  link?.close(4408, "too slow");
  const rest: number[] = [];
  for await (const { id } of events) rest.push(Number(id));
  // It got a part, in order and without a hole: the rest it reads from the log.
  expect(rest).toEqual(rest.map((_, n) => n + 2));
});

test("frames of text that is still being written are not part of the log, and not sent", async () => {
  const served = await serve();
  const { hub } = served;
  hub.record(note("x"));
  const { events } = await openStream(served, "/api/v1/sessions/s/events");
  await seqs(events, 1);
  hub.notify("session/frames", { sessionId: "s", frames: [{ block: 1, at: 0, text: "frag" }] });
  hub.record(note("y"));
  expect(await seqs(events, 1)).toEqual([2]);
});
