import { Socket } from "node:net";
import { readFrames, writeFrame } from "../../packages/server/src/runtimes/frames.ts";

/** What a frame to a child and back costs when nothing is done with it. */

const channel = new Socket({ fd: 3, readable: true, writable: true });
readFrames(
  channel,
  1024,
  (frame) => writeFrame(channel, frame as object),
  () => process.exit(1),
);
