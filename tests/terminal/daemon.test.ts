import { expect, test } from "vitest";
import { house } from "../cli/daimon.ts";
import { at, last } from "./pty.ts";

/** What people at a terminal see when the daemon goes away. */

test("after a kill -9 of the daemon people are told once, find their session again with its output so far, and go on", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  mia.type("import time\rfor i in range(1000): print('tick', i); time.sleep(.05)\r");
  await mia.sees("tick 3");
  mia.type("my draft");
  process.kill(place.pid(), "SIGKILL");
  await mia.sees("the connection to the daemon is lost; trying again");
  await mia.sees("daimon was cut off while this cell ran: nobody knows how far it came");
  await mia.sees(/Python was lost .*; lost: /);
  await mia.sees("connected again");
  await mia.sees(last("py> my draft"));
  expect(mia.lines().filter((line) => line === "tick 0")).toHaveLength(1);
  expect(mia.lines().filter((line) => line.includes("is lost; trying again"))).toHaveLength(1);
  mia.type("\x156*7\r");
  await mia.sees(/\]: 42/);
});

test("a daemon that somebody stopped is not started behind their back, only when something is entered", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  await place.daimon(["stop"]);
  await mia.sees("the daemon was stopped; it starts again when something is entered here");
  expect((await place.daimon(["status"])) as object).toMatchObject({ code: 3 });
  mia.type("6*7\r");
  await mia.sees(/\]: 42/);
});

test("a session that is not there is said on one clean line", async () => {
  await using place = await house();
  await using mia = at(place, "mia", { args: ["attach", "nosuch"] });
  expect(await mia.exited).toBe(2);
  await mia.sees((lines) => lines.length === 1 && /^daimon: .*nosuch/.test(lines[0]!));
});
