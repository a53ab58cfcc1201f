import { type Frame, type Item, sizes } from "@daimon/protocol";
import type { Attachment, Change } from "@daimon/protocol/client";
import { exits } from "../failure.ts";
import { daimon, type Opened, shortId } from "../open.ts";
import { Answering, type AnsweringOptions } from "./answering.ts";
import { Frames } from "./frames.ts";
import type { Piece } from "./pieces.ts";
import { Story } from "./story.ts";
import { cellWork, type End, turnWork, untilEnd, type Work } from "./work.ts";

export type Order = { is: "cell"; code: string } | { is: "turn"; text: string; answerWithin?: number | undefined };
export type Performance = {
  client: Opened;
  attachment: Attachment;
  /** What is shown of it, as pieces for people or as frames for programs. */
  show: { pieces(pieces: Piece[]): void } | { frame(frame: Frame): void };
  line?: AnsweringOptions["line"];
  note(text: string): void;
};

/** Sends one cell or one prompt and stays until it is over: shows it, has its questions answered, passes Ctrl-C on. */
export async function perform(order: Order, { client, attachment, show, line, note }: Performance): Promise<End> {
  const frames = "frame" in show ? new Frames(client, attachment, show.frame) : undefined;
  // The answer to the order may come after its first frames: until then they wait.
  const stopFrames = attachment.onChange((change) => frames?.changed(change));
  let work: Work | undefined;
  let pressed = 0;
  const stop = () => void work?.interrupt(client, attachment.now.view).catch((error: Error) => note(error.message));
  const onSignal = () => {
    if (++pressed > 1) process.exit(exits.interrupted);
    stop();
  };
  process.on("SIGINT", onSignal);
  try {
    const begun = await submit(order, client, attachment.sessionId, note);
    work = begun.work;
    frames?.begin(begun.id);
    if (pressed > 0) stop();
    const answering = new Answering({ client, attachment, line, note });
    const end = await follow(begun, attachment, answering, "pieces" in show ? show.pieces : () => {});
    await frames?.done();
    return answering.denied && end.exit === exits.done ? { ...end, exit: exits.refused } : end;
  } finally {
    stopFrames();
    process.off("SIGINT", onSignal);
  }
}

const failures: Record<string, string> = { failed: "failed", limited: "stopped at a limit" };

/** Why a turn did not come to its end, and where to look; undefined: it did, or somebody stopped it. */
export function failureOf({ outcome, reason }: End, sessionId: string): string | undefined {
  const failure = failures[outcome];
  if (failure === undefined) return undefined;
  return `the turn ${failure}${reason ? `: ${reason}` : ""}; "${daimon(process.env)} show ${shortId(sessionId)}" has all of it`;
}

async function submit(order: Order, client: Opened, sessionId: string, note: (text: string) => void) {
  if (order.is === "cell") {
    const code = await sendable(order.code, client);
    const { cell } = await client.request("session/python", { sessionId, code: code.text, ...code.ahead });
    return { id: cell, work: cellWork(sessionId, cell) };
  }
  const { text, ahead } = await sendable(order.text, client);
  const within = order.answerWithin === undefined ? {} : { answerWithin: order.answerWithin };
  const { inputId, behind } = await client.request("session/input", { sessionId, text, ...ahead, ...within });
  if (behind !== undefined) note(`waiting: question ${behind} of this session has to be answered first`);
  return { id: inputId, work: turnWork(sessionId, inputId) };
}

/** What one message to the daemon can carry, with room for its frame. */
const most = sizes.frame - 16 * 1024;

/** The text itself, or the name by which it was sent ahead. */
async function sendable(text: string, client: Opened): Promise<{ text: string; ahead?: { whole: string } }> {
  if (Buffer.byteLength(JSON.stringify(text)) <= most) return { text };
  return { text: "", ahead: { whole: await client.put(text) } };
}

function follow(
  { work, id }: { work: Work; id: number },
  attachment: Attachment,
  answering: Answering,
  tell: (pieces: Piece[]) => void,
): Promise<End> {
  // How a turn failed is said once, by whoever asked for it.
  const owns = (item: Item) =>
    work.owns(item, attachment.now.view) && !(item.kind === "ended" && item.outcome in failures);
  const story = new Story({ about: owns, typedHere: (seq) => seq === id });
  // Questions and people are the session's, not this work's.
  const told = ({ is }: Change) => is !== "event" && is !== "presence";
  tell(story.catchUp(attachment.now));
  answering.look(work);
  return untilEnd(attachment, work, (change) => {
    answering.heard(change);
    tell(told(change) ? story.tell(change, attachment.now) : story.catchUp(attachment.now));
    answering.look(work);
  });
}
