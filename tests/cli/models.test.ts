import { expect, test } from "vitest";
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
