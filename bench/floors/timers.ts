import { paced } from "../model.ts";
import { answerProbes } from "../probe.ts";

/** The floor of the load row: 50 streams that nobody stores or hears. */

answerProbes();
const [streams = "50", seconds = "5"] = process.argv.slice(2);
let made = 0;
for (let stream = 0; stream < Number(streams); stream++) {
  void (async () => {
    for await (const token of paced(100, Number(seconds))) made += token.length;
  })();
}
process.stdout.write("running\n");
