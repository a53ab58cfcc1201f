import { connect } from "./wire.ts";

/** Clients of a daemon in a process of their own: each follows one session and counts the characters it is sent. */

const [socketPath = "", token = "", each = "1", ...sessions] = process.argv.slice(2);
let characters = 0;
for (const session of sessions) {
  for (let count = 0; count < Number(each); count++) {
    const caller = await connect({ socketPath, token });
    caller.onFrames((frames) => {
      for (const frame of frames) if (!("seq" in frame)) characters += frame.text.length;
    });
    await caller.attach(session);
  }
}
process.on("message", () => process.send?.(characters));
process.stdout.write("following\n");
