import { expect, test } from "vitest";
import { edited } from "./edit.ts";

test("a value over several lines is left alone, and so is a file that is broken already", () => {
  const text = '[profiles.a]\ntools = [\n  "python",\n]\n';
  expect(() => edited("f", text, "profiles.a.tools", '["get_repr"]')).toThrow(
    "profiles.a.tools cannot be set in one line; edit f",
  );
  expect(edited("f", text, "profiles.a.model", "a/b")).toBe(text.replace("]\n", ']\nmodel = "a/b"\n'));
  expect(() => edited("f", "a = = 1", "model", "x")).toThrow(/^f:1:5: /);
  expect(() => edited("f", "", "a..b", "x")).toThrow("a..b is no key");
});

test("what people noted behind a value stays there, and a # within a text is no note", () => {
  const line = 'model = "a/#1"   # mine, not "theirs"\n';
  expect(edited("f", line, "model", "a/b")).toBe('model = "a/b"   # mine, not "theirs"\n');
  expect(edited("f", 'model = "a/#1"\n', "model", "a/b")).toBe('model = "a/b"\n');
  const table = "[limits] # of a turn\nsteps = 5# few\n";
  expect(edited("f", table, "limits.steps", "20")).toBe("[limits] # of a turn\nsteps = 20# few\n");
  expect(edited("f", table, "limits.cost", "1")).toBe("[limits] # of a turn\ncost = 1\nsteps = 5# few\n");
});

test("a file keeps the ends of its lines", () => {
  const text = 'model = "a/b" # x\r\n[limits]\r\nsteps = 5\r\n';
  expect(edited("f", text, "model", "c/d")).toBe(text.replace("a/b", "c/d"));
  expect(edited("f", text, "limits.cost", "1")).toBe(text.replace("[limits]\r\n", "[limits]\r\ncost = 1\r\n"));
});
