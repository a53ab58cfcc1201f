import { DaimonError } from "@daimon/protocol";
import { Type } from "typebox";
import { expect, test } from "vitest";
import { contextOf, finish } from "../../../../tests/conformance/tool.ts";
import {
  type CapabilityAnswer,
  type CapabilityName,
  capabilityNames,
  type Tool,
  type ToolContext,
} from "../core/ports.ts";
import { defineTool } from "./define.ts";
import { tools } from "./index.ts";

const named = (name: string): Tool => {
  const tool = tools.find((one) => one.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
};
const nothing = contextOf((means) => Promise.reject(new Error(`${means} was used`)));
const answering = (answer: CapabilityAnswer, asked: [CapabilityName, string | undefined][] = []): ToolContext => ({
  ...nothing,
  capability: (name, arg) => {
    asked.push([name, arg]);
    return Promise.resolve(answer);
  },
});

test.each(capabilityNames)("%s looks through the capability of its name, and touches nothing", async (name) => {
  const asked: [CapabilityName, string | undefined][] = [];
  const takesNothing = name === "list_globals" || name === "get_last_exception";
  const input = takesNothing ? {} : { expression: "df.shape" };
  const result = await finish(named(name), input, answering({ ok: true, text: "(3, 4)" }, asked));
  expect(result).toEqual({ ok: true, text: "(3, 4)" });
  expect(asked).toEqual([[name, takesNothing ? undefined : "df.shape"]]);
  expect(named(name).show(input).text).toBe(takesNothing ? `${name}()` : `${name}(df.shape)`);
  expect(named(name)).toMatchObject({ touches: "nothing", repeatable: true, parallel: true });
});

test("a model is told when code of a value had to run to show it", async () => {
  const result = await finish(
    named("get_repr"),
    { expression: "x" },
    answering({ ok: true, text: "<X>", ran: "X.__repr__" }),
  );
  expect(result.text).toBe("<X>\n[To show this, code of the value itself ran: X.__repr__]");
});

test("what Python refuses to look at is no success", async () => {
  const result = await finish(
    named("eval_expr"),
    { expression: "f()" },
    answering({ ok: false, text: "calls are refused" }),
  );
  expect(result).toEqual({ ok: false, text: "calls are refused" });
});

test("python runs the cell as the model wrote it, and people see it whole before", async () => {
  const code = `x = 1\nprint("${"ü".repeat(3000)}")\n`;
  const ran: string[] = [];
  const cell = (given: string) => {
    ran.push(given);
    return Promise.resolve({ ok: true, text: "1" });
  };
  expect(await finish(named("python"), { code }, { ...nothing, cell })).toEqual({ ok: true, text: "1" });
  expect(ran).toEqual([code]);
  expect(named("python").show({ code }).text).toBe(code);
  expect(named("python")).toMatchObject({ touches: "python", repeatable: false, parallel: false });
});

test("a cell that was interrupted keeps what it printed and its outcome", async () => {
  const cell = () => Promise.resolve({ ok: false, text: "1\n2\nKeyboardInterrupt", outcome: "interrupted" });
  const result = await finish(named("python"), { code: "count()" }, { ...nothing, cell });
  expect(result).toEqual({ ok: false, text: "1\n2\nKeyboardInterrupt", outcome: "interrupted" });
});

test("results are given to a cell by their handles, people see which, and no name of theirs can be Python's own", async () => {
  const given: unknown[] = [];
  const cell = (...all: unknown[]) => {
    given.push(all);
    return Promise.resolve({ ok: true, text: "1" });
  };
  const input = { code: "len(log)", results: { log: "result:12" } };
  expect(await finish(named("python"), input, { ...nothing, cell })).toEqual({ ok: true, text: "1" });
  expect(given).toEqual([["len(log)", { log: "result:12" }]]);
  expect(named("python").show(input).text).toBe("# log: the text of result:12\nlen(log)");
  for (const results of [{ __builtins__: "result:12" }, { "a b": "result:12" }, { log: "/etc/passwd" }])
    expect(await finish(named("python"), { code: "1", results }, nothing)).toMatchObject({ ok: false });
});

test("code too long to be shown whole is refused before anybody is asked", async () => {
  const result = await finish(named("python"), { code: "x".repeat(16 * 1024 + 1) }, nothing);
  expect(result).toMatchObject({ ok: false, text: expect.stringContaining("16384") });
});

const failing = (error: Error): Tool =>
  defineTool({
    name: "failing",
    about: "Fails.",
    input: Type.Object({}),
    touches: "nothing",
    repeatable: true,
    parallel: true,
    show: () => ({ text: "failing" }),
    run: () => Promise.reject(error),
  });

test("a refusal is a sentence, and a bug stays a bug", async () => {
  expect(await finish(failing(new DaimonError("busy", "Python is busy")), {}, nothing)).toEqual({
    ok: false,
    text: "Python is busy",
  });
  await expect(finish(failing(new TypeError("bug")), {}, nothing)).rejects.toThrow("bug");
  await expect(finish(failing(new TypeError("bug")), {}, contextOf(never, midway().signal))).rejects.toThrow("bug");
});

test("an abort that a tool passes on is an interrupt, not a bug", async () => {
  const abort = midway();
  const result = await finish(failing(new DOMException("stopped", "AbortError")), {}, contextOf(never, abort.signal));
  expect(result).toMatchObject({ ok: false, outcome: "interrupted" });
});

const never = () => new Promise<never>(() => {});

/** Aborts after the call has begun: `aborted` is read once before it. */
function midway(): AbortController {
  const abort = new AbortController();
  queueMicrotask(() => abort.abort());
  return abort;
}
