import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Attachment, Client } from "../../packages/protocol/src/client/index.ts";
import { assets } from "../../packages/server/src/runtimes/pyodide/assets.ts";
import { ensureBootImage } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { python } from "../conformance/pythons.ts";
import { type Running, startDaemon } from "../daemon-process/start.ts";
import { commandRows } from "./ipython/commands.ts";
import { errorRows } from "./ipython/errors.ts";
import { helpRows } from "./ipython/help.ts";
import { magicRows } from "./ipython/magics.ts";
import { richRows } from "./ipython/rich.ts";
import { runCell } from "./ipython/notebook.ts";
import { recallRows } from "./ipython/recall.ts";
import { typingRows } from "./ipython/typing.ts";
import { join } from "./world.ts";

/** What people are used to from IPython, on every runtime, through the daemon. */

const tables = {
  "what was typed and what came of it": recallRows,
  "what is typed beside Python": typingRows,
  "a magic": magicRows,
  "a question": helpRows,
  "a command": commandRows,
  "what is more than text": richRows,
  "an error": errorRows,
};
const interpreter = await python();
const runtimes = [
  { name: "the sealed Python", runtime: "pyodide", sealed: true },
  ...(interpreter === undefined
    ? []
    : [{ name: "a Python of the machine", runtime: `cpython ${interpreter}`, sealed: false }]),
];

describe.for(runtimes)("in $name", { timeout: 60_000 }, ({ runtime, sealed }) => {
  let folder: string, daemon: Running, mia: Client, at: Attachment, sessionId: string;

  beforeAll(async () => {
    await ensureBootImage(assets().images);
    folder = await mkdtemp(path(tmpdir(), "daimon-ipython-"));
    daemon = await startDaemon({ home: path(folder, "home") });
    mia = join(daemon, "mia");
    ({ id: sessionId } = await mia.request("session/create", { cwd: folder, runtime }));
    at = await mia.attach(sessionId);
  }, 120_000);
  afterAll(async () => {
    mia.close();
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [about, rows] of Object.entries(tables))
    describe(about, () => {
      const here = rows.filter(({ on }) => on === undefined || (on === "sealed") === sealed);
      it.for(here)("$it", async ({ cells, answers, shows }) => {
        const before = cells.slice(0, -1);
        for (const code of before) await runCell(mia, at, sessionId, code);
        expect(await runCell(mia, at, sessionId, cells.at(-1) ?? "", answers)).toMatchObject(shows);
      });
    });

  /** What only a Python of the machine can do. */
  const machineOnly = sealed ? [] : [undefined];

  it("a picture of several MiB arrives whole, byte for byte, as a result and as a display", async () => {
    const code = `import hashlib
data = b'PNG_' + bytes(range(256)) * 12_000
class Picture:
    def __repr__(self): return hashlib.sha256(data).hexdigest()
    def _repr_png_(self): return data
display(Picture())
Picture()`;
    const seen = await runCell(mia, at, sessionId, code);
    const picture = { type: "image/png", bytes: 4 + 256 * 12_000, sha256: seen.result };
    expect(seen.bundle).toEqual({ "image/png": picture });
    expect(seen.displays).toEqual([{ text: seen.result, bundle: { "image/png": picture } }]);
  });

  it("who looks at the variables sees people's own and none of ours", async () => {
    for (const code of ["%reset -f", "1", "theirs = 2\n%time theirs"]) await runCell(mia, at, sessionId, code);
    const answer = await mia.request("session/capability", { sessionId, name: "list_globals" });
    expect(answer.value).toMatchObject([{ name: "theirs" }]);
  });

  it.for(machineOnly)("a fresh Python has loaded neither numpy nor matplotlib", async () => {
    const { id } = await mia.request("session/create", { cwd: folder, runtime });
    const fresh = await mia.attach(id);
    const seen = await runCell(mia, fresh, id, "import sys; {'numpy', 'matplotlib', 'IPython'} & {*sys.modules}");
    expect(seen.result).toBe("set()");
  });

  it.for(machineOnly)("a command's output comes as it is printed, and Ctrl-C ends it with all it started", async () => {
    // What ignores Ctrl-C is ended as well: the sleep inherits that.
    const words = ["!trap '' INT; echo begun; (sleep 98765; echo never); echo never", "print('never')"];
    const stop = (text: string) =>
      text.includes("begun") && void mia.request("session/interrupt", { sessionId, target: "cell" });
    const seen = await runCell(mia, at, sessionId, words.join("\n"), [], stop);
    expect(seen).toMatchObject({ ok: false, outcome: "interrupted", out: "begun\n" });
    const left = await runCell(mia, at, sessionId, "code = _exit_code\n!pgrep -f 'sleep 9876[5]'\ncode, _exit_code");
    expect(left.result).toBe("(-9, 1)");
  });
});
