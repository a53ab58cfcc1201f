import { closeCodes } from "../errors.ts";
import type { ClientInfo, ResultOf } from "../types.ts";
import { protocolVersion } from "../version.ts";
import { ConnectionLost, fatal, type Loss, Refusal, refusalOf, versionSentence } from "./errors.ts";
import type { Connect, Wire } from "./types.ts";

export type Greeting = ResultOf<"initialize">;
/** What to do after a loss: try again with backoff, at once, or give up. */
export type Next = "later" | "now" | "stop";

/** Time and chance, so that a test can hold both. `after` returns how to cancel. */
export type Timers = { after(ms: number, run: () => void): () => void; random(): number };

export type LinkOptions = {
  connect: Connect;
  client: ClientInfo;
  reducer: number;
  timers: Timers;
  log: (line: string) => void;
  onLoss: ((loss: Loss) => Next | Promise<Next>) | undefined;
};

export type LinkEvents = {
  /** Connected: what was attached is attached again, what waits is sent. */
  up(): void;
  greeted(greeting: Greeting): void;
  message(message: Record<string, unknown>): void;
  down(loss: Loss): void;
  ended(error: Error): void;
};

export type Link = {
  readonly up: boolean;
  send(text: string): void;
  /** This side cannot make sense of the other: leave, and come back. */
  distrust(why: string): void;
  end(error: Error): void;
};

const beatMs = 15_000;
/** This many beats without a word from the daemon: 45 s. */
const silentBeats = 3;
const heartbeat = JSON.stringify({ jsonrpc: "2.0", method: "heartbeat", params: {} });

/** Half of it fixed, half of it chance: a daemon that comes back is not met by all its clients at once. */
export function backoff(attempt: number, random: number): number {
  const ms = Math.min(5_000, 100 * 2 ** attempt);
  return ms / 2 + (ms / 2) * random;
}

/** One connection after the other, each greeted and watched, until it is ended. */
export function openLink(options: LinkOptions, on: LinkEvents): Link {
  const { timers, log } = options;
  let state: "down" | "connecting" | "greeting" | "up" | "ended" = "down";
  let wire: Wire | undefined;
  let attempt = 0;
  let heard = 0;
  let spoke = false;
  let cancelTimer = () => {};

  function open(): void {
    let mine = true;
    const opened = options.connect({
      opened: () => mine && greet(),
      text: (text) => mine && receive(text),
      closed: (code, reason, errno) => mine && lost({ code, reason, errno }),
    });
    wire = {
      send: (text) => opened.send(text),
      close(code, reason) {
        mine = false; // what a wire says after it was left is of no interest
        opened.close(code, reason);
      },
    };
    state = "connecting";
    beat(0);
  }

  /** What waits goes right behind the greeting: it is answered in its turn, and nobody waits for one more journey. */
  function greet(): void {
    const { client, reducer } = options;
    const params = { protocol: protocolVersion, reducer, client };
    state = "greeting";
    send(JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params }));
    on.up();
  }

  function send(text: string): void {
    spoke = true;
    wire?.send(text);
  }

  function beat(silent: number): void {
    heard = silent;
    spoke = false;
    cancelTimer = timers.after(beatMs, () => {
      if (heard + 1 >= silentBeats) return leave({ code: 1006, reason: "the daemon has been silent for 45 seconds" });
      if (state === "up") send(heartbeat);
      beat(heard + 1);
    });
  }

  function receive(text: string): void {
    heard = -1;
    const message = parse(text);
    if (!message) return distrust("a message that is no JSON object");
    if (state === "greeting") return message["id"] === 0 ? greeted(message) : undefined;
    attempt = 0;
    if (message["method"] !== "heartbeat") return on.message(message);
    // Two sides that answered every heartbeat would never stop: only one that was silent answers.
    if (!spoke) send(heartbeat);
  }

  function greeted(message: Record<string, unknown>): void {
    if (message["error"] !== undefined) {
      const refusal = refusalOf(message["error"]);
      return refusal.retry ? leave({ code: 1013, reason: refusal.message }) : end(refusal);
    }
    const greeting = message["result"] as Greeting | null | undefined;
    if (greeting?.protocol !== protocolVersion) return end(new Refusal("version", versionSentence));
    state = "up";
    on.greeted(greeting);
  }

  function leave(loss: Loss, code = 1000): void {
    wire?.close(code, loss.reason);
    lost(loss);
  }

  function distrust(why: string): void {
    leave({ code: closeCodes.protocol, reason: `the daemon sent ${why}` }, closeCodes.protocol);
  }

  function lost(loss: Loss): void {
    state = "down";
    wire = undefined;
    cancelTimer();
    log(`connection lost (${loss.code}): ${loss.reason}`);
    const hopeless = fatal(loss);
    if (hopeless) return end(hopeless);
    on.down(loss);
    void comeBack(loss);
  }

  async function comeBack(loss: Loss): Promise<void> {
    try {
      const next = options.onLoss ? await options.onLoss(loss) : "later";
      if (state !== "down") return;
      if (next === "stop") return end(new ConnectionLost(loss.reason, loss));
      // Too slow is no trouble of the daemon's: what was missed is read from the log at once.
      const now = next === "now" || loss.code === closeCodes.tooSlow;
      cancelTimer = timers.after(now ? 0 : backoff(attempt++, timers.random()), open);
    } catch (error) {
      end(error instanceof Error ? error : new ConnectionLost(String(error), loss));
    }
  }

  function end(error: Error): void {
    if (state === "ended") return;
    state = "ended";
    cancelTimer();
    wire?.close(1000, "");
    wire = undefined;
    on.ended(error);
  }

  open();
  return {
    get up() {
      return state === "greeting" || state === "up";
    },
    send,
    distrust,
    end,
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === "object" && message !== null && !Array.isArray(message)
      ? (message as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // the caller says what that means
  }
}
