import { expect, test } from "vitest";
import { DaimonError } from "../../packages/protocol/src/index.ts";
import type { TestHub } from "./hub.ts";
import { serve } from "./serve.ts";

const call = { callId: "c", tool: "python", input: {}, show: { text: "1+1" } };
const usage = (input: number, output: number) => ({ input, output });

/** What a turn leaves in the log, from the input on. */
function playTurn(hub: TestHub): void {
  const turn = hub.log.length + 1;
  hub.record({ type: "turn.started", input: 1, model: "m", tools: [] }, turn);
  hub.record({ type: "input.taken", input: 1 }, turn);
  hub.record({ type: "step.started", model: "m" }, turn);
  const thinking = hub.record({ type: "text.opened" }, turn);
  hub.record({ type: "text.closed", block: thinking, text: "let me see" }, turn);
  const asked = hub.record({ type: "call.requested", ...call }, turn);
  hub.record({ type: "step.ended", step: 4, stop: "calls", usage: usage(10, 2), cost: 0.5 }, turn);
  hub.record({ type: "call.finished", call: asked, ok: true, value: { text: "2" } }, turn);
  hub.record({ type: "step.started", model: "m" }, turn);
  for (const text of ["it is", " two"]) {
    const block = hub.record({ type: "text.opened" }, turn);
    hub.record({ type: "text.closed", block, text }, turn);
  }
  hub.record({ type: "step.ended", step: 9, stop: "end", usage: { ...usage(20, 3), cacheRead: 7 } }, turn);
  hub.record({ type: "turn.ended", outcome: "done" }, turn);
}

const queue = (hub: TestHub, text = "x") =>
  hub.record({ type: "input.queued", text, delivery: "queue", priority: "high" });

test("?wait=true answers an input with how its turn ended: what was said last, the calls, what is known of its cost", async () => {
  const { http, hub } = await serve();
  hub.answers["session/input"] = () => {
    const inputId = queue(hub);
    setImmediate(() => playTurn(hub));
    return { seq: inputId, inputId };
  };
  const { body } = await http.post("/api/v1/sessions/s/inputs?wait=true").send({ text: "x" }).expect(200);
  expect(body).toEqual({
    seq: 1,
    inputId: 1,
    turn: {
      outcome: "done",
      text: "it is two",
      calls: [{ tool: "python", ok: true, text: "2" }],
      usage: { input: 30, output: 5, cacheRead: 7, cost: 0.5, unpriced: true },
    },
  });
  expect(hub.links.size).toBe(0);
});

test("a retry of an input that was done long ago is answered from the log", async () => {
  const { http, hub } = await serve();
  queue(hub);
  playTurn(hub);
  hub.answers["session/input"] = () => ({ seq: 1, inputId: 1 });
  const { body } = await http.post("/api/v1/sessions/s/inputs?wait=true").send({ text: "x", opId: "o" }).expect(200);
  expect(body.turn).toMatchObject({ outcome: "done", text: "it is two" });
});

test("what other turns say is not taken for the answer", async () => {
  const { http, hub } = await serve();
  hub.answers["session/input"] = () => {
    queue(hub);
    const other = queue(hub, "other");
    hub.record({ type: "turn.started", input: other, model: "m", tools: [] }, 3);
    hub.record({ type: "input.taken", input: other }, 3);
    const block = hub.record({ type: "text.opened" }, 3);
    hub.record({ type: "text.closed", block, text: "not this" }, 3);
    hub.record({ type: "turn.ended", outcome: "failed", reason: "not mine" }, 3);
    setImmediate(() => playTurn(hub));
    return { seq: 1, inputId: 1 };
  };
  const { body } = await http.post("/api/v1/sessions/s/inputs?wait=true").send({ text: "x" }).expect(200);
  expect(body.turn).toMatchObject({ outcome: "done", text: "it is two" });
});

test("a turn that failed or was interrupted says so, with its reason and what was said until then", async () => {
  const { http, hub } = await serve();
  hub.answers["session/input"] = () => {
    queue(hub);
    hub.record({ type: "turn.started", input: 1, model: "m", tools: [] }, 2);
    hub.record({ type: "input.taken", input: 1 }, 2);
    const block = hub.record({ type: "text.opened" }, 2);
    hub.record({ type: "text.closed", block, text: "half a sen", cut: true }, 2);
    hub.record({ type: "turn.ended", outcome: "failed", reason: "the provider hung up" }, 2);
    return { seq: 1, inputId: 1 };
  };
  const { body } = await http.post("/api/v1/sessions/s/inputs?wait=true").send({ text: "x" }).expect(200);
  expect(body.turn).toMatchObject({ outcome: "failed", reason: "the provider hung up", text: "half a sen" });
});

test("an input that is cancelled while somebody waits for it is refused as ended", async () => {
  const { http, hub } = await serve();
  hub.answers["session/input"] = () => {
    queue(hub);
    setImmediate(() => hub.record({ type: "input.cancelled", input: 1 }));
    return { seq: 1, inputId: 1 };
  };
  const { body } = await http.post("/api/v1/sessions/s/inputs?wait=true").send({ text: "x" }).expect(409);
  expect(body.error).toMatchObject({ code: "already_ended", message: expect.stringContaining("cancelled") });
});

test("out of time, a wait answers as without waiting: the work goes on", async () => {
  const { http, hub, clock } = await serve();
  hub.answers["session/input"] = () => {
    queue(hub);
    setImmediate(() => clock.pass(2_000));
    return { seq: 1, inputId: 1 };
  };
  const { body } = await http.post("/api/v1/sessions/s/inputs?wait=true&timeout=2").send({ text: "x" }).expect(202);
  expect(body).toEqual({ seq: 1, inputId: 1 });
  expect(hub.links.size).toBe(0);
  expect(clock.waiting).toBe(0);
});

test("?wait=true answers Python with what the cell printed, its result and its error", async () => {
  const { http, hub } = await serve();
  hub.answers["session/python"] = () => {
    const cell = hub.record({ type: "cell.queued", code: "x" });
    setImmediate(() => {
      hub.record({ type: "cell.started", cell, generation: 1 });
      const out = hub.record({ type: "cell.opened", cell, stream: "stdout" });
      const err = hub.record({ type: "cell.opened", cell, stream: "stderr" });
      hub.record({ type: "cell.closed", block: err, text: "oh\n" });
      hub.record({ type: "cell.closed", block: out, text: "one\n" });
      const more = hub.record({ type: "cell.opened", cell, stream: "stdout" });
      hub.record({ type: "cell.closed", block: more, text: "two\n" });
      hub.record({
        type: "cell.finished",
        cell,
        ok: true,
        result: { text: "42", bundle: { "text/html": "<b>42</b>" } },
      });
    });
    return { seq: cell, cell };
  };
  const { body } = await http.post("/api/v1/sessions/s/python?wait=true").send({ code: "x" }).expect(200);
  expect(body).toEqual({
    cell: 1,
    ok: true,
    stdout: "one\ntwo\n",
    stderr: "oh\n",
    result: { text: "42", bundle: { "text/html": "<b>42</b>" } },
  });
});

test("a cell that raised or was cut off says so; output left out is said to be left out", async () => {
  const { http, hub } = await serve();
  const error = { name: "ValueError", message: "no", traceback: "Traceback ..." };
  hub.answers["session/python"] = () => {
    const cell = hub.record({ type: "cell.queued", code: "x" });
    const out = hub.record({ type: "cell.opened", cell, stream: "stdout" });
    hub.record({ type: "cell.closed", block: out, text: "a".repeat(49_152), omitted: 1000 });
    hub.record({ type: "cell.finished", cell, ok: false, outcome: "interrupted", error });
    return { seq: cell, cell };
  };
  const { body } = await http.post("/api/v1/sessions/s/python?wait=true").send({ code: "x" }).expect(200);
  expect(body).toMatchObject({ ok: false, outcome: "interrupted", error });
  expect(body.stdout).toContain("[... 1000 characters left out ...]");
});

test("a session that lets go of a waiting asker makes it a refusal that may be retried, not silence", async () => {
  const { http, hub } = await serve();
  hub.answers["session/input"] = () => {
    queue(hub);
    setImmediate(() => hub.notify("session/closed", { sessionId: "s", reason: "the disk is full", resumeAfter: 100 }));
    return { seq: 1, inputId: 1 };
  };
  const { body } = await http.post("/api/v1/sessions/s/inputs?wait=true").send({ text: "x" }).expect(503);
  expect(body.error).toMatchObject({ code: "store_unavailable", retry: true });
});

test("nothing is submitted when it could not be waited for", async () => {
  const { http, hub } = await serve();
  hub.attach = (_link, _params, settle) => settle.refused(new DaimonError("not_found", "there is no session s"));
  await http.post("/api/v1/sessions/s/inputs?wait=true").send({ text: "x" }).expect(404);
  expect(hub.asked).toEqual([]);
});

test.each([
  "wait=yes",
  "wait=true&timeout=0",
  "wait=true&timeout=soon",
  "wait=true&timeout=3601",
  "wait=true&wait=true",
])("?%s is refused before anything is done", async (query) => {
  const { http, hub } = await serve();
  await http.post(`/api/v1/sessions/s/inputs?${query}`).send({ text: "x" }).expect(400);
  expect(hub.asked).toEqual([]);
});

test("?wait=false and a timeout alone do not wait", async () => {
  const { http, hub } = await serve();
  hub.answers["session/input"] = () => ({ seq: 1, inputId: 1 });
  await http.post("/api/v1/sessions/s/inputs?wait=false").send({ text: "x" }).expect(202);
  await http.post("/api/v1/sessions/s/inputs?timeout=5").send({ text: "x" }).expect(202);
});

test("an asker that hangs up while it waits leaves nothing behind", async () => {
  const { http, hub, clock } = await serve();
  let submitted = () => {};
  const linked = new Promise<void>((resolve) => (submitted = resolve));
  const request = http.post("/api/v1/sessions/s/inputs?wait=true").send({ text: "x" });
  hub.answers["session/input"] = () => {
    queue(hub);
    submitted();
    setImmediate(() => void request.abort());
    return { seq: 1, inputId: 1 };
  };
  request.end(() => undefined);
  await linked;
  await hub.alone();
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.waiting).toBe(0);
});
