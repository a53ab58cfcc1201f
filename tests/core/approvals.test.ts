import { expect, test } from "vitest";
import type { Tool } from "../../packages/server/src/core/ports.ts";
import { Scene } from "./scene.ts";

/** A session whose model wants to use the tool "touch", made into what the test needs. */
async function wanting(tool: Partial<Tool>, mode: "ask" | "auto-edit" = "ask"): Promise<Scene> {
  const scene = await Scene.begin();
  Object.assign(scene.world.mind.tools.find(({ name }) => name === "touch") ?? {}, tool);
  await scene.ask("session/update", { mode });
  await scene.ask("session/input", { text: "touch it" });
  await want(scene);
  return scene;
}
const want = (scene: Scene) => scene.do({ do: "model", says: ["touch", "end"] });
const asked = ({ view }: Scene) => view.asks[0];
const allow = (scene: Scene, more: object = {}) =>
  scene.ask("session/answer", { askId: asked(scene)?.id ?? 0, allow: true, ...more });
const started = (scene: Scene) => scene.events("call.started").map(({ event }) => event.allowed);
/** The call that runs ends, and the model wants the next one. */
const again = async (scene: Scene) => {
  await scene.do({ do: "tool", which: 0, says: "end" });
  await want(scene);
};

test("people are shown what would happen, where, and its digest; a yes to something else is no yes", async () => {
  let would = "+ one";
  const scene = await wanting({ preview: async () => ({ text: would }) });
  const first = asked(scene);
  expect(first).toMatchObject({ show: { text: "+ one" }, about: { tool: "touch", cwd: scene.view.cwd } });
  expect(first?.digest).toMatch(/^[0-9a-f]{64}$/);
  would = "+ two";
  await allow(scene);
  expect(started(scene)).toEqual([]);
  expect(asked(scene)).toMatchObject({ show: { text: "+ two" } });
  expect(asked(scene)?.digest).not.toBe(first?.digest);
  expect((await allow(scene, { digest: first?.digest })).code).toBe("conflict");
  await allow(scene, { digest: asked(scene)?.digest });
  expect(started(scene)).toEqual([`ask ${scene.events("ask.opened")[1]?.seq}`]);
});

test("what was allowed in one folder is asked anew in another", async () => {
  const scene = await wanting({});
  await scene.ask("session/update", { cwd: "/elsewhere" });
  await allow(scene);
  expect(started(scene)).toEqual([]);
  expect(asked(scene)?.about?.cwd).toBe("/elsewhere");
});

test("nobody is asked about what would fail: the model hears why", async () => {
  const scene = await wanting({ preview: async () => ({ ok: false, text: "there is no such text" }) });
  expect(scene.events("ask.opened")).toEqual([]);
  expect(scene.events("call.finished")).toMatchObject([
    { event: { ok: false, value: { text: "there is no such text" } } },
  ]);
});

test("a look at what would happen that breaks is a failure of the call and not of the turn", async () => {
  const scene = await Scene.begin();
  scene.world.expected.add("the tool touch threw");
  const preview = () => Promise.reject(new Error("a bug"));
  Object.assign(scene.world.mind.tools.find(({ name }) => name === "touch") ?? {}, { preview });
  await scene.ask("session/input", { text: "touch it" });
  await want(scene);
  expect(scene.events("call.finished")).toMatchObject([
    { event: { ok: false, value: { text: "The tool failed: a bug" } } },
  ]);
  expect(scene.view.turn.is).toBe("thinking");
});

test("a yes for the session holds for what it was offered for, and is said in the log of each call it lets run", async () => {
  const scene = await wanting({ touches: "world", command: () => ["npm", "test"] });
  const rule = { tool: "touch", commands: [["npm", "test"]] };
  expect(asked(scene)?.about?.rule).toEqual(rule);
  await allow(scene, { scope: "session" });
  expect(scene.view.rules).toMatchObject([{ ...rule, allow: true }]);
  await again(scene);
  expect(started(scene)[1]).toBe(`rule ${scene.view.rules[0]?.rule}`);
  Object.assign(scene.world.mind.tools.find(({ name }) => name === "touch") ?? {}, { command: () => ["npm", "ls"] });
  await again(scene);
  expect(asked(scene)?.about?.rule?.commands).toEqual([["npm", "ls"]]);
});

test("a no for the session is one to all that would do the same", async () => {
  const scene = await wanting({});
  await scene.ask("session/answer", { askId: asked(scene)?.id ?? 0, allow: false, scope: "session" });
  await want(scene);
  expect(asked(scene)).toBeUndefined();
  expect(scene.events("call.finished")[1]?.event).toMatchObject({ ok: false, outcome: "denied" });
});

test("a tool that only asks people something asks nothing where a rule forbids it", async () => {
  const scene = await Scene.begin();
  const question = () => ({ text: "Which one?" });
  Object.assign(scene.world.mind.tools.find(({ name }) => name === "touch") ?? {}, { question });
  scene.world.rules.push({ rule: "never", tool: "touch", allow: false, at: 0, by: "ann" });
  await scene.ask("session/input", { text: "ask" });
  await want(scene);
  expect(scene.events("ask.opened")).toEqual([]);
  expect(scene.events("call.finished")).toMatchObject([{ event: { ok: false, outcome: "denied" } }]);
});

test("what cannot be taken back is asked each time, with why and what is safer, and can be allowed once only", async () => {
  const scene = await wanting({ touches: "world", command: () => ["git", "reset", "--hard"] }, "auto-edit");
  expect(asked(scene)?.about).toMatchObject({ why: expect.any(String), safer: expect.any(String) });
  expect(asked(scene)?.about?.rule).toBeUndefined();
  for (const scope of ["session", "project", "always"] as const)
    expect((await allow(scene, { scope })).code).toBe("invalid");
  await allow(scene, { scope: "once" });
  await again(scene);
  expect(asked(scene)).toBeDefined();
});

test("a yes for always holds in other sessions, one for a project only there", async () => {
  const scene = await wanting({});
  await allow(scene, { scope: "always" });
  expect(scene.world.rules).toMatchObject([{ tool: "touch", allow: true, by: "ann" }]);
  expect(scene.world.rules[0]).not.toHaveProperty("project");
  await again(scene);
  expect(started(scene)[1]).toBe(`rule ${scene.world.rules[0]?.rule}`);

  Object.assign(scene.world.rules[0] ?? {}, { project: "/another" });
  await again(scene);
  await allow(scene, { scope: "project" });
  expect(scene.world.rules[1]).toMatchObject({ tool: "touch", project: scene.view.cwd });
  await again(scene);
  expect(started(scene)[3]).toBe(`rule ${scene.world.rules[1]?.rule}`);
});

test("where nobody knows what the rules forbid nothing is run", async () => {
  const scene = await Scene.begin();
  scene.world.rules.push({ rule: "r", tool: "touch", allow: true, at: 0, by: "ann" });
  scene.world.rulesFail = "rules.toml cannot be used";
  await scene.ask("session/input", { text: "touch it" });
  await want(scene);
  expect(scene.events("call.finished")).toMatchObject([
    { event: { ok: false, outcome: "denied", value: { text: "Refused: rules.toml cannot be used." } } },
  ]);
});

test("full-auto is refused where nothing holds what would run by itself", async () => {
  const scene = await Scene.begin();
  scene.world.asking.refusals.add("forbidden");
  expect(await scene.ask("session/update", { mode: "full-auto" })).toMatchObject({ code: "forbidden" });
  expect(scene.view.mode).toBe("ask");
});

test("what a tool is about to change is on disk before it is changed", async () => {
  const { promise: said, resolve: sayIt } = Promise.withResolvers<void>();
  let changed = false;
  const run: Tool["run"] = async function* (_, { changing, cwd }) {
    yield { text: "" };
    scene.world.disk.hold = "before";
    const announced = changing({ path: `${cwd}/a`, change: "created", after: "0".repeat(64) });
    sayIt();
    await announced;
    changed = true;
    return { text: "done" };
  };
  const scene = await wanting({ run });
  const allowing = allow(scene);
  await said;
  await new Promise((resolve) => setImmediate(resolve));
  expect(changed).toBe(false);
  scene.world.disk.release();
  await allowing;
  await scene.world.quiet();
  expect(changed).toBe(true);
  expect(scene.events("file.changed")).toMatchObject([
    { event: { change: "created" }, turn: scene.events("turn.started")[0]?.seq },
  ]);
});
