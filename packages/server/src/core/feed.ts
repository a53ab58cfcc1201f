import type { Variables } from "@daimon/protocol";
import type { Audience } from "./audience.ts";
import type { Looks } from "./looks.ts";
import type { Log } from "./ports.ts";

/** What Python holds, for clients that show it: looked at between cells, sent when it changed, and off while nobody watches. */
export class Feed {
  readonly #looks: Looks;
  readonly #audience: Audience;
  readonly #log: Log;
  #sent = "";
  #looking = false;
  #again = false;

  constructor(looks: Looks, audience: Audience, log: Log) {
    this.#looks = looks;
    this.#audience = audience;
    this.#log = log;
  }

  /** Somebody begins to watch: what the others know already is news for them. */
  begin(): void {
    this.#sent = "";
    this.changed();
  }

  /** A cell ended, or Python came or went. */
  changed(): void {
    this.#again = true;
    if (this.#looking) return;
    this.#look().catch((error: unknown) =>
      this.#log("error", "variables could not be shown", { error: String(error) }),
    );
  }

  async #look(): Promise<void> {
    this.#looking = true;
    try {
      while (this.#again && this.#audience.watched) {
        this.#again = false;
        const variables = await this.#looks.variables();
        // While a cell runs nobody knows; its end brings us here again.
        if (variables.busy === undefined) this.#send(variables);
      }
    } finally {
      this.#looking = false;
    }
  }

  #send(variables: Variables): void {
    const text = JSON.stringify(variables);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#audience.show(variables);
  }
}
