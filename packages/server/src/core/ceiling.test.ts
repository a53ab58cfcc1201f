import type { Ceiling, Mode } from "@daimon/protocol";
import { expect, test } from "vitest";
import { limitsUnder, modeUnder, profileUnder, SessionCeiling } from "./ceiling.ts";

const modes: Mode[] = ["read-only", "ask", "auto-edit", "full-auto"];

test("a mode is never freer than the session's, nor than the project's", () => {
  const table = modes.map((mode) => modes.map((own) => modeUnder(mode, { mode: own })));
  expect(table).toEqual([
    ["read-only", "read-only", "read-only", "read-only"],
    ["read-only", "ask", "ask", "ask"],
    ["read-only", "ask", "auto-edit", "auto-edit"],
    ["read-only", "ask", "auto-edit", "full-auto"],
  ]);
  for (const mode of modes) expect(modeUnder(mode, {})).toBe(mode);
});

test("of each limit the lower one counts", () => {
  const own = { steps: 10, ms: 1000, tokens: 5000, cost: 2 };
  expect(limitsUnder(own, {})).toEqual(own);
  expect(limitsUnder(own, { limits: { steps: 3, ms: 2000, tokens: 10, cost: 0 } })).toEqual({
    steps: 3,
    ms: 1000,
    tokens: 10,
    cost: 0,
  });
});

test("of tools those are left that the profile and the project both name", () => {
  const tools = (profile: string[] | undefined, ceiling: Ceiling) =>
    profileUnder(profile ? { tools: profile } : {}, ceiling).tools;
  expect(tools(["a", "b"], { tools: ["b", "c"] })).toEqual(["b"]);
  expect(tools(undefined, { tools: ["b", "c"] })).toEqual(["b", "c"]);
  expect(tools(["a"], {})).toEqual(["a"]);
  expect(tools(undefined, {})).toBeUndefined();
  expect(tools(["a"], { tools: [] })).toEqual([]);
});

test("who follows a session hears of each fault once, as soon as somebody is there to hear it", async () => {
  const state = { fault: "a" as string | undefined, here: false, trusted: true, heard: [] as string[] };
  const ceiling = new SessionCeiling({
    view: () => ({ cwd: "/p" }),
    trust: { of: async (folder) => ({ folder, trusted: state.trusted, answered: true }), say: async () => {} },
    ceilings: {
      file: "f",
      found: async () => true,
      of: async () => ({ holds: { mode: "ask" }, ...(state.fault ? { fault: state.fault } : {}) }),
    },
    warn: (message) => (state.here && state.heard.push(message), state.here),
  });
  expect(await ceiling.now()).toEqual({ mode: "ask" });
  state.here = true;
  for (const fault of ["a", "a", "b", undefined, "b"]) {
    state.fault = fault;
    await ceiling.now();
  }
  expect(state.heard).toEqual(["a", "b", "b"]);
  expect(ceiling.last).toEqual({ mode: "ask" });
  // Where nobody trusts the project its file is not looked at, whatever it says.
  state.trusted = false;
  state.fault = "c";
  expect(await ceiling.now()).toEqual({});
  expect([ceiling.last, state.heard.length]).toEqual([{}, 3]);
});
