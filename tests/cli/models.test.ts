import { expect, test } from "vitest";
import { json, stall, startVendor } from "../providers/server.ts";
import { startDaemon } from "../daemon-process/start.ts";
import { house } from "./daimon.ts";

test("models lists what can be talked to; what nobody knows is unknown, and not nothing", async () => {
  await using mia = await house();
  await using daemon = await startDaemon({ home: mia.home, script: {} });
  expect(await mia.daimon(["models"])).toEqual({
    code: 0,
    stdout: [
      "model            window  in       out      can  name",
      "offline/guide    100k    free     free          Offline guide: rules, no language model",
      "scripted/script  1000k   unknown  unknown       Plays a script",
      "",
    ].join("\n"),
    stderr: "",
  });
  const { models, unreachable } = JSON.parse((await mia.daimon(["models", "--json"])).stdout) as {
    models: object[];
    unreachable: object[];
  };
  expect(models).toMatchObject([{ id: "offline/guide", price: { input: 0, output: 0 } }, { id: "scripted/script" }]);
  expect(Object.keys(models[1] ?? {})).not.toContain("price");
  expect(unreachable).toEqual([]);
  expect(daemon.pid).toBe(mia.pid());
});

test("a model that nobody has is refused where it is named", async () => {
  await using mia = await house();
  expect(await mia.daimon(["run", "--new", "-m", "offlin/guide", "hi"])).toEqual({
    code: 2,
    stdout: "",
    stderr: 'daimon: no provider "offlin" is set up for the model offlin/guide; did you mean "offline"?\n',
  });
});

test("servers on this machine are found while they run; other programs at their ports are passed over", async () => {
  await using mia = await house();
  const answers: Record<string, object> = {
    "/vllm/v1/models": json({ object: "list", data: [{ id: "q", max_model_len: 32_768 }] }),
    "/llamacpp/v1/models": json({ hello: "I am a web page in the making" }),
  };
  const machine = await startVendor(({ path }) => answers[path] ?? { body: [stall] });
  try {
    await using daemon = await startDaemon({ home: mia.home, env: { DAIMON_TEST_LOCAL: machine.url } });
    expect(daemon.pid).toBe(mia.pid());
    expect(machine.requests).toEqual([]);
    const { models, unreachable } = JSON.parse((await mia.daimon(["models", "--json"])).stdout) as {
      models: object[];
      unreachable: object[];
    };
    expect(models).toMatchObject([{ id: "offline/guide" }, { id: "vllm/q", price: { input: 0, output: 0 } }]);
    expect(unreachable).toEqual([]);
  } finally {
    await machine.close();
  }
});

test("a model's name that has several lines is one row, and makes no other", async () => {
  await using mia = await house();
  const machine = await startVendor(() =>
    json({ data: [{ id: "q", name: "Good\r\nvllm/evil   1k  free  free\u2028x" }] }),
  );
  try {
    const env = { DAIMON_TEST_LOCAL: machine.url };
    await using daemon = await startDaemon({ home: mia.home, env });
    expect(daemon.pid).toBe(mia.pid());
    const rows = (await mia.daimon(["models"])).stdout.trimEnd().split(/[\r\n\u2028]/);
    expect(rows.filter((row) => !/^(?:model|offline|ollama|lmstudio|llamacpp|vllm\/q)\b/.test(row))).toEqual([]);
    expect(rows.length).toBeGreaterThan(2);
  } finally {
    await machine.close();
  }
});

test("where there is no model but the guide, what makes one is said", async () => {
  await using mia = await house();
  await using daemon = await startDaemon({ home: mia.home });
  expect(await mia.daimon(["models"])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('"daimon login anthropic"'),
  });
  expect(daemon.pid).toBe(mia.pid());
});
