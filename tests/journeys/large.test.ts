import { join as path } from "node:path";
import { expect, test } from "vitest";
import { upload } from "../../packages/cli/src/upload.ts";
import { type Recorded, sizes } from "../../packages/protocol/src/index.ts";
import { house } from "../cli/daimon.ts";
import { ask } from "../daemon-process/ask.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { join, next } from "./world.ts";

/** What people paste and pipe: too long for an event, or even for a frame. */

/** A cell of exactly so many bytes whose result is how many characters it was given. */
function cellOf(bytes: number): { code: string; result: string } {
  const [before, after] = ['x = "', '"\nlen(x)'];
  const pairs = Math.floor((bytes - before.length - after.length) / 2);
  const odd = (bytes - before.length - after.length) % 2 === 0 ? "" : "e";
  return { code: `${before}${"é".repeat(pairs)}${odd}${after}`, result: `${pairs + odd.length}` };
}
const promptOf = (bytes: number): string =>
  "word "
    .repeat(Math.ceil(bytes / 5))
    .slice(0, bytes - 1)
    .concat("!");

test("a cell of 8 MiB and an input of 2 MiB arrive whole, in a frame or sent ahead; a byte more is refused", async () => {
  const prompts = [600 * 1024, sizes.input].map(promptOf);
  const script = Object.fromEntries(prompts.map((prompt) => [prompt, [[{ text: `${prompt.length} read` }]]]));
  await withFolder(async (folder) => {
    await using daemon = await startDaemon({ home: path(folder, "home"), script });
    const mia = join(daemon, "mia");
    const { socket: socketPath, token } = daemon;
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    const ahead = (text: string) => upload({ socketPath, token }, text);

    // Long enough for a blob, short enough for a frame.
    const inline = cellOf(600 * 1024);
    const first = next(at, "cell.finished");
    await mia.request("session/python", { sessionId, code: inline.code });
    expect((await first).event).toMatchObject({ ok: true, result: { text: inline.result } });
    const largest = cellOf(sizes.cell);
    const queued = next(at, "cell.queued");
    const finished = next(at, "cell.finished");
    const sent = { sessionId, code: "", whole: await ahead(largest.code) };
    await mia.request("session/python", sent);
    expect((await finished).event).toMatchObject({ ok: true, result: { text: largest.result } });
    const { code, whole } = (await queued).event;
    expect(largest.code.startsWith(code)).toBe(true);
    expect(whole?.bytes).toBe(sizes.cell);

    for (const [index, prompt] of prompts.entries()) {
      const said = next(at, "text.closed");
      const given = index === 0 ? { text: prompt } : { text: "", whole: await ahead(prompt) };
      await mia.request("session/input", { sessionId, ...given });
      expect((await said).event.text).toBe(`${prompt.length} read`);
    }
    // Short text may be sent ahead as well; then it is as if it had been written.
    const short = next(at, "cell.queued");
    await mia.request("session/python", { sessionId, code: "", whole: await ahead("1 + 1") });
    expect((await short).event).toEqual({ type: "cell.queued", code: "1 + 1" });

    const python = (given: object) => mia.request("session/python", { sessionId, code: "", ...given });
    const input = (given: object) => mia.request("session/input", { sessionId, text: "", ...given });
    const tooLarge = cellOf(sizes.cell + 1).code;
    const noText = await mia.request("blob/put", { base64: Buffer.from([0x61, 0xff]).toString("base64"), type: "x" });
    for (const [asking, refusal] of [
      [async () => python({ whole: await ahead(tooLarge) }), "too_large"],
      [async () => input({ whole: await ahead(promptOf(sizes.input + 1)) }), "too_large"],
      [async () => python({ code: cellOf(sizes.frame).code }), "too_large"],
      [async () => python({ whole: "0".repeat(64) }), "not_found"],
      [async () => python({ whole: noText.sha256 }), "invalid"],
      [async () => python({ code: "1", whole: sent.whole }), "invalid"],
      [async () => input({ whole: await ahead(" ".repeat(600_000)) }), "invalid"],
      [async () => input({ text: " ".repeat(600_000) }), "invalid"],
    ] as const)
      await expect(asking()).rejects.toMatchObject({ code: refusal });
    const { status, body } = await ask(daemon, "POST", `/api/v1/sessions/${sessionId}/python`, { code: tooLarge });
    expect({ status, body }).toMatchObject({ status: 413, body: { error: { code: "too_large" } } });
    mia.close();
  });
});

test("what is piped to the command line arrives whole, however long a frame may be; a byte too much is refused", async () => {
  await using place = await house();
  const cell = cellOf(sizes.cell);
  expect(await place.daimon(["py", "-"], { stdin: cell.code })).toEqual({
    code: 0,
    stdout: `${cell.result}\n`,
    stderr: "",
  });
  const prompt = promptOf(sizes.input);
  const { code, stdout } = await place.daimon(["run", "--json", "-"], { stdin: prompt });
  expect(code).toBe(0);
  const { event } = JSON.parse(stdout.split("\n", 1)[0] ?? "") as Recorded;
  expect(event).toMatchObject({ type: "input.queued", whole: { bytes: sizes.input } });
  for (const [args, stdin] of [
    [["py", "-"], `${cell.code} `],
    [["run", "-"], `${prompt} `],
  ] as const)
    expect(await place.daimon([...args], { stdin })).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^daimon: .* larger than \d MiB; .*\n$/),
    });
});
