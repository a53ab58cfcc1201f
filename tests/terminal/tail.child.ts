import { draftIn, emptyComposer } from "../../packages/cli/src/term/composer/composer.ts";
import { press } from "../../packages/cli/src/term/composer/press.ts";
import { composerLines } from "../../packages/cli/src/term/composer/show.ts";
import { Highlighted } from "../../packages/cli/src/term/highlight/highlight.ts";
import { languageOf } from "../../packages/cli/src/term/highlight/languages.ts";
import { Decoder } from "../../packages/cli/src/term/keys/decoder.ts";
import { markdownLines } from "../../packages/cli/src/term/markdown/markdown.ts";
import { Tail } from "../../packages/cli/src/term/tail.ts";
import { dark, inkOf } from "../../packages/cli/src/term/theme.ts";

/** A client of nothing: what is entered is printed as markdown, Ctrl-D leaves. */

const { stdin, stdout } = process;
const ink = inkOf(dark, "256");
const python = new Highlighted(languageOf("python")!);
const decoder = new Decoder();
const size = () => ({ columns: stdout.columns, rows: stdout.rows });
const tail = new Tail({
  write: (bytes) => stdout.write(bytes),
  size,
  reflow: "shifts",
  now: () => performance.now(),
  later: (delay, paint) => setTimeout(paint, delay),
});
let composer = emptyComposer("ai");
const show = () => tail.show(composerLines(composer, { ...size(), ink, python }));

stdin.setRawMode(true);
stdout.on("resize", () => {
  show();
  tail.flush();
});
stdin.on("data", (bytes: Buffer) => {
  for (const heard of decoder.push(bytes)) {
    const pressed = press(composer, heard, { columns: stdout.columns - 4, history: { py: [], ai: [] } });
    if (!pressed) continue;
    composer = pressed.composer;
    for (const intent of pressed.intents) {
      if (intent.is === "submit") tail.print(markdownLines(intent.text, { columns: stdout.columns, ink }));
      if (intent.is !== "leave") continue;
      tail.close();
      stdin.setRawMode(false);
      stdout.write(`left with ${draftIn(composer).text.length} characters\n`, () => process.exit(0));
    }
  }
  show();
});
show();
