import { expect, test } from "vitest";
import { attached, change, read } from "./attached.ts";

const held = { rows: [{ name: "x", type: "int", preview: "42" }] };

test("a client that shows what Python holds says so when it attaches, and again after every loss", async () => {
  const it = await attached();
  const { attachment, peer, model } = it;
  attachment.watchVariables(true);
  const asked = await peer.asked();
  expect(asked).toMatchObject({ method: "session/attach", params: { sessionId: "s", variables: true } });
  peer.answer(asked, model.attach({ after: attachment.now.view.seq }));
  const told = change(attachment, "variables");
  peer.notify("session/variables", { sessionId: "s", variables: held });
  await told;
  expect(attachment.now).toMatchObject({ link: "live", variables: held });

  peer.cut();
  const again = await it.daemon.peer();
  expect(await again.asked()).toMatchObject({ method: "session/attach", params: { variables: true } });
});

test("what comes after a client stopped to show it, or makes no sense, changes nothing", async () => {
  const it = await attached();
  const { attachment, peer } = it;
  peer.notify("session/variables", { sessionId: "s", variables: held });
  await read(it);
  expect(attachment.now.variables).toBeUndefined();
  attachment.watchVariables(true);
  peer.answer(await peer.asked(), it.model.attach({ after: attachment.now.view.seq }));
  for (const variables of [null, 5, {}, { rows: "x" }]) peer.notify("session/variables", { sessionId: "s", variables });
  await read(it);
  expect(attachment.now.variables).toBeUndefined();
});
