import { connect } from "./wire.ts";

/**
 * Clients of a daemon in a process of their own: one connection for each session, that follows it and the next ones too, so that
 * each session has `each` clients. They count the characters they are sent.
 */

const [socketPath = "", token = "", each = "1", ...sessions] = process.argv.slice(2);
let characters = 0;
for (const at of sessions.keys()) {
  const caller = await connect({ socketPath, token });
  caller.onFrames((frames) => {
    for (const frame of frames) if (!("seq" in frame)) characters += frame.text.length;
  });
  for (let next = 0; next < Number(each); next++) {
    const session = sessions[(at + next) % sessions.length];
    if (session !== undefined) await caller.attach(session);
  }
}
process.on("message", () => process.send?.(characters));
process.stdout.write("following\n");
