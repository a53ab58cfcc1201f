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
