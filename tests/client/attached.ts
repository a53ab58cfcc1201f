import type { Attachment, Change } from "../../packages/protocol/src/client/index.ts";
import { SessionModel } from "./model.ts";
import { type Peer, type Talking, talk } from "./scripted.ts";

/** A client attached to a session with one open block that says "The ans". */
export type Attached = Talking & {
  peer: Peer;
  model: SessionModel;
  attachment: Attachment;
  block: number;
  changes: Change[];
};

export async function attached(): Promise<Attached> {
  const talking = await talk();
  const model = new SessionModel();
  const block = model.open("text").seq;
  model.say(model.view.blocks[0]!, "The ans");
  const attaching = talking.client.attach("s");
  const peer = await talking.daemon.peer();
  peer.answer(await peer.asked(), model.attach({}));
  const attachment = await attaching;
  const changes: Change[] = [];
  attachment.onChange((change) => changes.push(change));
  return { ...talking, peer, model, attachment, block, changes };
}

export const frames = (...list: unknown[]) => ({ sessionId: "s", frames: list });

/** Resolves once a change of this kind comes. */
export const change = <K extends Change["is"]>(attachment: Attachment, is: K) =>
  new Promise<Extract<Change, { is: K }>>((resolve) => {
    const stop = attachment.onChange((one) => {
      if (one.is !== is) return;
      stop();
      resolve(one as Extract<Change, { is: K }>);
    });
  });

/** Resolves when the client has read everything the daemon said so far. */
export async function read({ client, peer }: Attached): Promise<void> {
  const asked = client.request("daemon/status", {});
  peer.answer(await peer.asked(), {});
  await asked;
}

export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "it was not refused",
    (error: unknown) => error,
  );
