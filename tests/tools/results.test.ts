import { join } from "node:path";
import { expect, test } from "vitest";
import { grep } from "../../packages/server/src/tools/grep/index.ts";
import { read } from "../../packages/server/src/tools/read/index.ts";
import { folder, put } from "./place.ts";
import { calling, session } from "./programs.ts";

/** Results of earlier calls, by the name that the model was told. */

const text = Array.from({ length: 5000 }, (_, line) => `line ${line + 1}${line % 1000 === 999 ? " needle" : ""}`).join(
  "\n",
);
const context = (kept: Record<string, string> = { "result:12": text }) =>
  session({
    result: async (handle) => (kept[handle] === undefined ? undefined : new TextEncoder().encode(kept[handle])),
  });

test("a result that was cut is read like a file, from wherever one likes", async () => {
  const first = await calling(read, { path: "result:12" }, context());
  expect(first.text).toMatch(/^1\tline 1\n.*\n\n\[Lines 1-2000 of 5000\. Go on with offset 2001\.\]$/s);
  const later = await calling(read, { path: "result:12", offset: 4999 }, context());
  expect(later.text).toBe("4999\tline 4999\n5000\tline 5000 needle");
  expect(await calling(read, { path: "result:12", offset: 5001 }, context())).toMatchObject({ ok: false });
});

test("it is searched like a file, with the lines around", async () => {
  const found = await calling(
    grep,
    { pattern: "^line 3\\d* needle$|^line 17$", path: "result:12", context: 1 },
    context(),
  );
  expect(found.text).toBe(
    "result:12\n16- line 16\n17: line 17\n18- line 18\n--\n2999- line 2999\n3000: line 3000 needle\n3001- line 3001",
  );
  expect((await calling(grep, { pattern: "needle", path: "result:12", limit: 2 }, context())).text).toMatch(
    /^result:12\n1000: .*\n2000: .*\n\n\[More than 2 lines match/,
  );
  expect((await calling(grep, { pattern: "nowhere", path: "result:12" }, context())).text).toBe("No line matches.");
});

test("one that takes an expression for ever does not keep the daemon, and is ended with the call", async () => {
  const abort = new AbortController();
  const slow = { ...context({ "result:12": `${"a".repeat(60)}!` }), signal: abort.signal };
  const searching = calling(grep, { pattern: "(a+)+$", path: "result:12" }, slow);
  setImmediate(() => abort.abort());
  expect(await searching).toMatchObject({ ok: false, outcome: "interrupted" });
});

test("one that never was is said to be none, and a file may still have such a name", async () => {
  const cwd = folder();
  put(join(cwd, "result:12"), "a file\n");
  const none = { ...context({}), cwd, roots: [cwd] };
  for (const [tool, input] of [
    [read, { path: "result:12" }] as const,
    [grep, { pattern: "x", path: "result:12" }] as const,
  ])
    expect(await calling(tool, input, none)).toMatchObject({
      ok: false,
      text: "There is no result:12. A file of that name is ./result:12.",
    });
  expect((await calling(read, { path: "./result:12" }, none)).text).toBe("1\ta file");
});
