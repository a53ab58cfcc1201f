import type { DaimonError } from "@daimon/protocol";
import { describe, expect, test } from "vitest";
import type { Runtime } from "./ports.ts";
import { namedRuntime, usableRuntime } from "./runtimes.ts";

const own: Runtime = { name: "own", sealed: true, start: () => Promise.reject(new Error("no")), warm: () => {} };
const chosen: Runtime = {
  ...own,
  name: "chosen",
  find: async (interpreter = "usual", cwd) =>
    interpreter === "gone" ? { why: "it is gone; make it again" } : { interpreter: `${cwd}/${interpreter}` },
};
const usable = (text: string) => usableRuntime([own, chosen], text, "/at");
const refusal = (text: string) =>
  usable(text).then(
    (name) => expect.fail(`${name} was taken`),
    (error: DaimonError) => `${error.code}: ${error.message}`,
  );

test("a runtime is named alone or with its interpreter, whose path may have spaces", () => {
  expect(namedRuntime("pyodide")).toEqual({ name: "pyodide" });
  expect(namedRuntime(" cpython  /a b/python ")).toEqual({ name: "cpython", interpreter: "/a b/python" });
  expect(namedRuntime("")).toEqual({ name: "" });
});

describe("a runtime that somebody names", () => {
  test("is kept so that it means the same wherever the session goes", async () => {
    expect(await usable("own")).toBe("own");
    expect(await usable("chosen x/python")).toBe("chosen /at/x/python");
    expect(await usable("chosen")).toBe("chosen /at/usual");
  });

  test("is refused at once where it cannot be used, with what to do", async () => {
    expect(await refusal("chosen gone")).toBe("invalid: it is gone; make it again");
    expect(await refusal("own /usr/bin/python")).toBe("invalid: own brings its own interpreter; write own alone");
    expect(await refusal("chose")).toBe('not_found: there is no runtime "chose"; did you mean "chosen"?');
    expect(await refusal("")).toBe('not_found: there is no runtime ""; there are: own, chosen');
  });
});
