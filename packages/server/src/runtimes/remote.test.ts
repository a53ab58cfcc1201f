import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CellWatcher, Child, KernelExit } from "../core/ports.ts";
import { hostSandbox } from "../sandboxes/host/index.ts";
import { remoteKernel } from "./remote.ts";

/** A kernel process that says what it likes: people's code may get that far, and no farther. */

let folder: string;
let child: Child | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "daimon-remote-"));
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await child?.exited;
  await rm(folder, { recursive: true, force: true });
});

/** `script` hears every request as `on(request)`, says frames with `say` and bytes with `raw`. */
async function kernelThat(script: string) {
  const code = `
    const socket = new (require("node:net").Socket)({ fd: 3, readable: true, writable: true });
    const raw = (bytes) => socket.write(bytes);
    const say = (frame) => {
      const text = Buffer.from(typeof frame === "string" ? frame : JSON.stringify(frame));
      const head = Buffer.alloc(4);
      head.writeUInt32LE(text.length);
      raw(Buffer.concat([head, text]));
    };
    let on = () => {};
    let held = Buffer.alloc(0);
    socket.on("data", (data) => {
      held = Buffer.concat([held, data]);
      while (held.length >= 4 && held.length >= 4 + held.readUInt32LE(0)) {
        const end = 4 + held.readUInt32LE(0);
        on(JSON.parse(held.subarray(4, end)));
        held = held.subarray(end);
      }
    });
    socket.on("close", () => process.exit(0));
    const ok = (request, value = { ok: true, result: { text: "fine" } }) => say({ type: "reply", id: request.id, value });
    ${script}
    say({ type: "ready", python: "3.14.2" });`;
  const profile = { cwd: folder, env: {}, network: [], writable: [], channel: true as const, label: "a test" };
  const sandbox = hostSandbox({ children: join(folder, "children") });
  child = await sandbox.spawn([process.execPath, "-e", code], profile, new AbortController().signal);
  const kernel = remoteKernel(child);
  await kernel.ready;
  return kernel;
}

const heard: string[] = [];
const watcher: CellWatcher = {
  output: (stream, text) => void heard.push(`${stream}: ${text}`),
  display: (value) => void heard.push(`display: ${JSON.stringify(value)}`),
  input: (prompt) => void heard.push(`input: ${prompt}`),
};
beforeEach(() => void heard.splice(0));
const fine = { ok: true, result: { text: "fine" } };

describe("a kernel process that lies", () => {
  it("is not believed frames of a wrong shape, and goes on", async () => {
    const kernel = await kernelThat(`
      on = (request) => {
        for (const frame of [
          5, null, [], "{}", {}, { type: "no such" }, { type: "output", stream: "stdlog", text: "x" },
          { type: "output", stream: "stdout", text: 5 }, { type: "display", value: { text: "x", handle: "h", more: 1 } },
          { type: "display", value: { text: "x".repeat(100_000) } }, { type: "input", number: 1, prompt: 5, password: false },
          { type: "input", prompt: "no number", password: false },
          { type: "reply", id: "1", value: {} }, { type: "reply", id: 999, value: {} }, { type: "reply", id: -1 },
        ]) say(frame);
        ok(request);
      };`);
    expect(await kernel.exec({ id: 1, code: "" }, watcher)).toEqual(fine);
    expect(heard).toEqual([]);
  });

  it("gives no cell a result that is none", async () => {
    const kernel = await kernelThat(`
      on = (request) => ok(request, request.type === "exec" ? { ok: "yes", result: 5 } : { ok: true });`);
    const result = await kernel.exec({ id: 1, code: "" }, watcher);
    expect(result).toMatchObject({ ok: false, error: { message: expect.stringContaining("makes no sense") } });
    expect((await kernel.capability("list_globals")).ok).toBe(false);
    expect(await kernel.complete("x", 1)).toEqual({ matches: [], start: 1, end: 1 });
    expect(await kernel.isComplete("x")).toEqual({ is: "complete" });
    expect(await kernel.checkpoint()).toBeUndefined();
    expect(await kernel.restore("1")).toBe(false);
  });

  it("cannot bring the daemon down by depth or by half a character", async () => {
    const kernel = await kernelThat(`
      on = (request) => {
        say('{"type": "reply", "id": 4711, "value": ' + "[".repeat(200_000) + "]".repeat(200_000) + "}");
        if (request.type === "exec") {
          say('{"type": "output", "stream": "stdout", "text": "half \\\\ud83d"}');
          ok(request);
        } else {
          const deep = "[".repeat(200_000) + "]".repeat(200_000);
          say('{"type": "reply", "id": ' + request.id + ', "value": {"ok": true, "text": "deep", "value": ' + deep + "}}");
        }
      };`);
    expect(await kernel.exec({ id: 1, code: "" }, watcher)).toEqual(fine);
    expect(heard).toEqual(["stdout: half \ufffd"]);
    const { value, text } = await kernel.capability("eval_expr", "x");
    expect(text).toBe("deep");
    expect(JSON.stringify(value).length).toBeLessThan(1000);
  });

  it("is ended when it announces a frame beyond all bounds", async () => {
    const kernel = await kernelThat(`on = () => raw(Buffer.from([255, 255, 255, 255]));`);
    const exited = new Promise<KernelExit>((resolve) => kernel.onExit(resolve));
    expect((await kernel.exec({ id: 1, code: "" }, watcher)).outcome).toBe("died");
    expect(await exited).toEqual({ is: "died", why: "it sent a frame of 4294967295 bytes, 8388608 are allowed" });
  });

  it("is ended when it writes garbage, in plain words and with nothing else harmed", async () => {
    const garbage = {
      "raw('HTTP/1.1 200 OK')": "it sent a frame of 1347703880 bytes, 8388608 are allowed",
      "say('{')": "it sent a frame that is no JSON",
      "say('\\xff\\0')": "it sent a frame that is no JSON",
      "raw(Buffer.alloc(100_000))": "it sent a frame that is no JSON",
    };
    for (const [script, why] of Object.entries(garbage)) {
      const kernel = await kernelThat(`on = () => ${script};`);
      const exited = new Promise<KernelExit>((resolve) => kernel.onExit(resolve));
      expect(await kernel.exec({ id: 1, code: "" }, watcher)).toMatchObject({
        outcome: "died",
        error: { message: `the kernel ended: ${why}` },
      });
      expect(await exited).toEqual({ is: "died", why });
    }
  });

  it("may write what it likes to where nobody reads, and reads nothing there", async () => {
    const kernel = await kernelThat(`
      on = (request) => process.stdin.resume().on("end", () => {
        const much = "x".repeat(1 << 20);
        process.stdout.write(much, () => process.stderr.write(much, () => ok(request)));
      });`);
    expect(await kernel.exec({ id: 1, code: "" }, watcher)).toEqual(fine);
    expect(heard).toEqual([]);
  });

  it("answers each question once", async () => {
    const kernel = await kernelThat(`on = (request) => { ok(request); ok(request, { ok: false }); };`);
    expect(await kernel.exec({ id: 1, code: "" }, watcher)).toEqual(fine);
    expect(await kernel.exec({ id: 2, code: "" }, watcher)).toEqual(fine);
  });

  it("is heard only while a cell runs", async () => {
    const kernel = await kernelThat(`
      on = (request) => {
        if (request.type !== "exec") return ok(request, { ok: true, text: "looked" });
        say({ type: "output", stream: "stdout", text: "during" });
        ok(request);
        say({ type: "output", stream: "stdout", text: "after" });
        say({ type: "input", number: 1, prompt: "after", password: false });
      };`);
    await kernel.exec({ id: 1, code: "" }, watcher);
    await kernel.capability("list_globals");
    expect(heard).toEqual(["stdout: during"]);
  });
});

describe("a kernel process that asks", () => {
  it("is told which of its questions an answer is for, and each is answered once", async () => {
    const kernel = await kernelThat(`
      on = (frame) => {
        if (frame.type === "exec") for (const number of [3, 7]) say({ type: "input", number, prompt: "?", password: false });
        else if (frame.type === "answer") say({ type: "output", stream: "stdout", text: frame.text + " for " + frame.number });
        else ok(frame, { ok: true, text: "looked" });
      };`);
    const asked = Promise.withResolvers<void>();
    void kernel.exec({ id: 1, code: "" }, { ...watcher, input: () => void (heard.push("?") > 1 && asked.resolve()) });
    await asked.promise;
    kernel.answer("yes");
    kernel.answer("again");
    await kernel.capability("list_globals");
    expect(heard).toEqual(["?", "?", "stdout: yes for 7"]);
  });
});

describe("a kernel process that leaves", () => {
  it("before it is ready fails its start with its last words", async () => {
    const leaving = kernelThat(`console.error("cannot go on"); process.exit(7);`);
    await expect(leaving).rejects.toThrow("the kernel did not start: exited with status 7: cannot go on");
  });

  it("is heard to its last word", async () => {
    const kernel = await kernelThat(`
      on = () => {
        for (let line = 0; line < 20; line++) say({ type: "output", stream: "stdout", text: "x".repeat(1000) });
        raw(Buffer.from([200, 0, 0, 0, 0x7b])); // half a frame
        process.kill(process.pid, "SIGKILL");
      };`);
    const result = await kernel.exec({ id: 1, code: "" }, watcher);
    expect(result.error?.message).toBe("the kernel ended: ended by SIGKILL");
    expect(heard).toHaveLength(20);
  });

  it("while a cell runs ends the cell and tells every listener, late ones too", async () => {
    const kernel = await kernelThat(`on = () => process.exit(9);`);
    const exits: KernelExit[] = [];
    kernel.onExit((exit) => exits.push(exit));
    expect(await kernel.exec({ id: 1, code: "" }, watcher)).toMatchObject({
      ok: false,
      outcome: "died",
      error: { name: "KernelDied", message: "the kernel ended: exited with status 9" },
    });
    kernel.onExit((exit) => exits.push(exit));
    const died = { is: "died", why: "exited with status 9" };
    expect(exits).toEqual([died, died]);
  });
});
