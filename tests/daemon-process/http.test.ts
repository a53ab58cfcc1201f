import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ask, follow, until } from "./ask.ts";
import { startDaemon, type Running, withFolder } from "./start.ts";

/** The HTTP face of a real daemon: real log, real Python, a scripted model. */

const script = {
  count: [
    [{ text: "let me count" }, { call: { tool: "python", input: { code: "6 * 7" } } }],
    [{ thinking: "so it is" }, { text: "It is " }, { text: "42." }],
  ],
  add: [[{ call: { tool: "append", input: { line: "once" } } }], [{ text: "Done." }]],
  slow: [[{ text: "I think" }, { gate: "gate" }, { text: " so" }]],
};
const daemonWith = (use: (daemon: Running, id: string) => Promise<void>) => () =>
  withFolder(async (folder) => {
    await using daemon = await startDaemon({ home: join(folder, "h"), script });
    const made = await ask(daemon, "POST", "/api/v1/sessions", { cwd: folder, model: "scripted/script" });
    expect(made.status).toBe(201);
    await use(daemon, made.body.id);
  });

test(
  "a turn and a cell are asked for, waited for and answered in one request each, on the same Python",
  daemonWith(async (daemon, id) => {
    const cell = await ask(daemon, "POST", `/api/v1/sessions/${id}/python?wait=true`, {
      code: 'print("hi"); x = 6\nx * 7',
    });
    expect(cell).toMatchObject({ status: 200, body: { ok: true, stdout: "hi\n", stderr: "", result: { text: "42" } } });
    const failed = await ask(daemon, "POST", `/api/v1/sessions/${id}/python?wait=true`, { code: "nonsense" });
    expect(failed.body).toMatchObject({ ok: false, error: { name: "NameError" } });
    const turn = await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs?wait=true`, { text: "count" });
    expect(turn.body.turn).toMatchObject({
      outcome: "done",
      text: "It is 42.",
      calls: [{ tool: "python", ok: true, text: expect.stringContaining("42") }],
    });
    const looked = await ask(daemon, "POST", `/api/v1/sessions/${id}/capabilities/get_repr`, { arg: "x" });
    expect(looked).toMatchObject({ status: 200, body: { ok: true, text: "6" } });
  }),
);

test(
  "a turn that takes longer than asked for is answered as accepted, and goes on",
  daemonWith(async (daemon, id) => {
    const late = await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs?wait=true&timeout=0.05`, {
      text: "slow",
      opId: "o",
    });
    expect(late).toEqual({ status: 202, body: { seq: expect.any(Number), inputId: expect.any(Number) } });
    const interrupted = await ask(daemon, "POST", `/api/v1/sessions/${id}/interrupt`);
    expect(interrupted.status).toBe(200);
    // The same request again is the same input: its end is told, nothing is done twice.
    const again = await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs?wait=true`, { text: "slow", opId: "o" });
    expect(again.body).toMatchObject({ inputId: late.body.inputId, turn: { outcome: "interrupted" } });
    const other = await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs`, { text: "other", opId: "o" });
    expect(other).toMatchObject({ status: 409, body: { error: { code: "op_mismatch" } } });
  }),
);

test(
  "a prompt of 10 MB is refused with what to do, and the session goes on",
  daemonWith(async (daemon, id) => {
    const text = "x".repeat(10 * 1024 * 1024);
    const refused = await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs`, { text });
    expect(refused).toMatchObject({ status: 413, body: { error: { code: "too_large" } } });
    const { body } = await ask(daemon, "GET", `/api/v1/sessions/${id}`);
    expect(body.items).toEqual([]);
  }),
);

test("a reader of the event stream comes back after kill -9 with the last id it saw, and misses nothing", () =>
  withFolder(async (folder) => {
    const home = join(folder, "h");
    const seen: number[] = [];
    let id = "";
    {
      await using daemon = await startDaemon({ home, script });
      id = (await ask(daemon, "POST", "/api/v1/sessions", { cwd: folder, model: "scripted/script" })).body.id;
      const stream = await streamOf(daemon, id, 0);
      const session = await follow(daemon, id);
      await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs`, { text: "slow" });
      await until(session, ({ open }) => open.size === 1);
      for await (const seq of stream) {
        seen.push(seq);
        if (seq === session.now.view.seq) break;
      }
      session.client.close();
      await daemon.kill();
    }
    await using daemon = await startDaemon({ home, script });
    const { body } = await ask(daemon, "GET", `/api/v1/sessions/${id}`);
    for await (const seq of await streamOf(daemon, id, seen.at(-1) ?? 0)) {
      seen.push(seq);
      if (seq === body.seq) break;
    }
    expect(seen).toEqual(Array.from({ length: body.seq }, (_, n) => n + 1));
    expect(body.items.at(-1)).toMatchObject({ kind: "ended", outcome: "interrupted" });
  }));

async function streamOf({ socket, token }: Running, id: string, after: number): Promise<AsyncGenerator<number>> {
  const asked = request({
    socketPath: socket,
    path: `/api/v1/sessions/${id}/events`,
    headers: { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": String(after) },
  }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return ids(response);
}

async function* ids(response: IncomingMessage): AsyncGenerator<number> {
  let rest = "";
  for await (const chunk of response) {
    const lines = `${rest}${String(chunk)}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("id: ")) yield Number(line.slice(4));
  }
}

test(
  "an approval that nobody gives within what the input said is a no, in the body or in the address",
  daemonWith(async (daemon, id) => {
    for (const [address, body] of [
      ["?wait=true", { text: "add", answerWithin: 1 }],
      ["?wait=true&answerWithin=1", { text: "add" }],
    ] as const) {
      const { body: told } = await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs${address}`, body);
      expect(told.turn.calls).toEqual([
        { tool: "append", ok: false, text: expect.stringContaining("nobody answered in time") },
      ]);
    }
    const wrong = await ask(daemon, "POST", `/api/v1/sessions/${id}/inputs?answerWithin=soon`, { text: "add" });
    expect(wrong).toMatchObject({
      status: 400,
      body: { error: { message: "params.answerWithin must be an integer" } },
    });
  }),
);

test(
  "rules are listed and taken back, and what was decided is told, page by page",
  daemonWith(async (daemon, id) => {
    const base = `/api/v1/sessions/${id}`;
    const turn = ask(daemon, "POST", `${base}/inputs?wait=true`, { text: "add" });
    let asks: { id: number; digest: string }[] = [];
    while (asks.length === 0) asks = (await ask(daemon, "GET", base)).body.asks;
    const [{ id: askId, digest }] = asks as [{ id: number; digest: string }];
    const answer = { allow: true, scope: "session" };
    expect((await ask(daemon, "POST", `${base}/asks/${askId}`, { ...answer, digest: "other" })).status).toBe(409);
    expect((await ask(daemon, "POST", `${base}/asks/${askId}`, { ...answer, digest })).status).toBe(200);
    expect((await turn).body.turn.calls).toMatchObject([{ ok: true }]);

    const { body } = await ask(daemon, "GET", `/api/v1/rules?sessionId=${id}`);
    const named = encodeURIComponent(`append@${askId}`);
    expect(body.rules).toMatchObject([{ rule: `append@${askId}`, holds: "session", allow: true, by: "owner" }]);
    expect((await ask(daemon, "DELETE", `/api/v1/rules/${named}`)).status).toBe(404);
    expect((await ask(daemon, "DELETE", `/api/v1/rules/${named}?sessionId=${id}`)).status).toBe(200);
    expect((await ask(daemon, "GET", `/api/v1/rules?sessionId=${id}`)).body).toEqual({ rules: [] });

    const all = (await ask(daemon, "GET", `/api/v1/audit?sessionId=${id}`)).body;
    expect(all.rows.map(({ what }: { what: string }) => what)).toEqual([
      "asked",
      "allowed",
      "rule added",
      "ran",
      "rule removed",
    ]);
    const newest = (await ask(daemon, "GET", "/api/v1/audit?tool=append&limit=2")).body;
    expect(newest.rows).toEqual(all.rows.slice(-2));
    const rest = (await ask(daemon, "GET", `/api/v1/audit?tool=append&before=${newest.next}`)).body;
    expect(rest).toEqual({ rows: all.rows.slice(0, -2) });
  }),
);
