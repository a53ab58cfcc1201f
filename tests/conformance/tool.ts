import { DaimonError } from "../../packages/protocol/src/index.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tool, ToolContext, ToolResult } from "../../packages/server/src/core/ports.ts";
import { checkInput } from "../../packages/server/src/tools/check.ts";

/**
 * What every tool promises to the core and to people. `inputs` are some that fit its schema; `cwd` is where a tool works that
 * needs no more than files; one that is `alone` needs nothing of its context.
 */
export function toolSuite(tool: Tool, inputs: readonly [unknown, ...unknown[]], cwd?: string, alone = false): void {
  describe(`tool: ${tool.name}`, () => {
    test("a model is told what it does and takes: an object, every property described, nothing else accepted", () => {
      expect(tool.name).toMatch(/^[a-z][a-z0-9_]{0,63}$/);
      expect(tool.about).toMatch(/\w.*\.$/s);
      expect(tool.input).toMatchObject({ type: "object", additionalProperties: false });
      for (const property of Object.values(Object(tool.input).properties)) {
        expect(property).toMatchObject({ description: expect.stringMatching(/\w/) });
      }
    });

    test("what touches nothing may run again", () => {
      if (tool.touches === "nothing") expect(tool.repeatable).toBe(true);
    });

    test("people are shown something of whatever a model sends", () => {
      for (const input of inputs) expect(tool.show(input).text).toMatch(/\S/);
      fc.assert(fc.property(fc.jsonValue(), (input) => /\S/.test(tool.show(input).text)));
      expect(tool.show(undefined).text).toMatch(/\S/);
    });

    test("inputs that fit are accepted, all others answered with a sentence and nothing done", async () => {
      for (const input of inputs) expect(checkInput(tool, input)).toBeUndefined();
      const misfit = fc.jsonValue().filter((input) => checkInput(tool, input) !== undefined);
      await fc.assert(
        fc.asyncProperty(misfit, async (input) => {
          const result = await finish(tool, input, untouchable());
          expect(result).toMatchObject({ ok: false, text: checkInput(tool, input) });
          expect(result.text).toContain(tool.name);
        }),
      );
    });

    test("a call that was interrupted before it began does nothing and says so", async () => {
      for (const input of inputs) {
        const result = await finish(tool, input, { ...untouchable(), signal: AbortSignal.abort() });
        expect(result).toMatchObject({ ok: false, outcome: "interrupted", text: expect.stringMatching(/\S/) });
      }
    });

    // Its question is asked before it runs, and with an answer there is nothing left to wait for.
    if (tool.question || alone) return;

    test("a call that is interrupted while it runs ends, and not as a success", async () => {
      for (const input of inputs) {
        const abort = new AbortController();
        const context = cwd === undefined ? waiting(abort) : at(cwd, untouchable(abort.signal));
        if (cwd !== undefined) queueMicrotask(() => abort.abort());
        const result = await finish(tool, input, context);
        expect(result).toMatchObject({ ok: false, text: expect.stringMatching(/\S/) });
      }
    });

    test("what it works with fails: that becomes a sentence for the model", async () => {
      const python = refusing("Python could not be started; run daimon doctor");
      for (const input of inputs) {
        const result = await finish(tool, input, cwd === undefined ? python : at("/nowhere", untouchable()));
        const says = cwd === undefined ? /Python could not be started/ : /^The folder .* is not there any more.*\.$/;
        expect(result).toMatchObject({ ok: false, text: expect.stringMatching(says) });
      }
    });
  });
}

/** Runs a call to its end. */
export async function finish(tool: Tool, input: unknown, context: ToolContext): Promise<ToolResult> {
  const run = tool.run(input, context);
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
  }
}

/** A context in which every means answers with what `act` does. */
export function contextOf(
  act: (means: string) => Promise<never>,
  signal: AbortSignal = new AbortController().signal,
): ToolContext {
  return {
    session: "s",
    call: 1,
    cwd: "/",
    roots: ["/"],
    hidden: [],
    trash: "/nowhere",
    signal,
    cell: () => act("cell"),
    capability: () => act("capability"),
    changing: () => act("changing"),
    result: () => act("result"),
    plan: () => act("plan"),
    sandbox: {
      name: "none",
      confines: true,
      network: [],
      ready: () => act("sandbox.ready"),
      says: () => "nothing of the machine",
      spawn: () => act("sandbox.spawn"),
      close: () => act("sandbox.close"),
      report: () => act("sandbox.report"),
      test: () => act("sandbox.test"),
    },
    blobs: {
      put: () => act("blobs.put"),
      get: () => act("blobs.get"),
      keep: () => act("blobs.keep"),
      release: () => act("blobs.release"),
      sweep: () => act("blobs.sweep"),
    },
  };
}

const untouchable = (signal?: AbortSignal): ToolContext =>
  contextOf((means) => Promise.reject(new Error(`${means} was used`)), signal);
const at = (cwd: string, context: ToolContext): ToolContext => ({ ...context, cwd, roots: [cwd] });

const refusing = (message: string): ToolContext =>
  contextOf(() => Promise.reject(new DaimonError("unsupported", message)));

/** Whatever is used is interrupted while it works: a cell ends as the core ends one, all else never comes. */
function waiting(abort: AbortController): ToolContext {
  const never = contextOf(() => {
    queueMicrotask(() => abort.abort());
    return new Promise<never>(() => {});
  }, abort.signal);
  const cell = () => {
    abort.abort();
    return Promise.resolve({ ok: false, text: "KeyboardInterrupt", outcome: "interrupted" });
  };
  // What cannot be recorded any more is nobody's.
  const plan = () => {
    abort.abort();
    return Promise.reject(abort.signal.reason as Error);
  };
  return { ...never, cell, plan };
}
