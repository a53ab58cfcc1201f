import { closeCodes, type Frame, type Present, type Recorded, type Variables } from "@daimon/protocol";
import { atLeast, roleToAnswer } from "./roles.ts";
import type { Clock, Link } from "./ports.ts";

/** Who watches a session, and how its frames reach them: joined, made into text once, bounded for each. */

const joinFor = 16;
const deltasStop = 1024 * 1024;
const deltasGoOn = 256 * 1024;
const tooSlow = 4 * 1024 * 1024;
const lookAgain = 250;

export const notification = (method: string, params: object): Buffer =>
  Buffer.from(JSON.stringify({ jsonrpc: "2.0", method, params }));

const isEvent = (frame: Frame): frame is Recorded => "seq" in frame;
/** `words`: it is sent fragments, for it reads fast enough. `variables`: it shows what Python holds. */
type Watcher = { words: boolean; variables: boolean };

export class Audience {
  readonly #sessionId: string;
  readonly #clock: Clock;
  readonly #watchers = new Map<Link, Watcher>();
  #frames: Frame[] = [];
  #scheduled: (() => void) | undefined;
  #soon = false;
  #lastFlush = 0;

  constructor(sessionId: string, clock: Clock) {
    this.#sessionId = sessionId;
    this.#clock = clock;
  }

  get size(): number {
    return this.#watchers.size;
  }

  has(link: Link): boolean {
    return this.#watchers.has(link);
  }

  /** From now on; what was released before is in the attach reply and must not be sent again. */
  add(link: Link, variables = false): void {
    this.flush();
    this.#watchers.set(link, { words: true, variables });
  }

  /** Somebody shows what Python holds. */
  get watched(): boolean {
    return this.#watchers.values().some(({ variables }) => variables);
  }

  show(variables: Variables): void {
    const frame = notification("session/variables", { sessionId: this.#sessionId, variables });
    for (const [link, watcher] of this.#watchers)
      if (watcher.variables && !this.#bound(link, watcher)) link.send(frame);
  }

  remove(link: Link): boolean {
    const there = this.#watchers.delete(link);
    if (there) this.announce();
    return there;
  }

  push(frame: Frame): void {
    if (this.#watchers.size === 0) return;
    const last = this.#frames.at(-1);
    // Fragments of one block that leave together are one fragment.
    if (
      last &&
      !isEvent(last) &&
      !isEvent(frame) &&
      last.block === frame.block &&
      last.at + last.text.length === frame.at
    )
      this.#frames[this.#frames.length - 1] = { ...last, text: last.text + frame.text };
    else this.#frames.push(frame);
    this.#schedule(isEvent(frame));
  }

  /**
   * Events leave at the end of the tick; fragments alone are joined for up to 16 ms, but for the first after a pause. They
   * leave at the same moments in all sessions, so that a client of many is written to once.
   */
  #schedule(now: boolean): void {
    if (this.#soon) return;
    const at = this.#clock.now();
    if (now || at - this.#lastFlush >= joinFor) {
      this.#soon = true;
      setImmediate(() => this.flush());
    } else this.#scheduled ??= this.#clock.after(joinFor - (at % joinFor), () => this.flush());
  }

  flush(): void {
    this.#scheduled?.();
    this.#scheduled = undefined;
    this.#soon = false;
    if (this.#frames.length === 0) return;
    const frames = this.#frames;
    this.#frames = [];
    this.#lastFlush = this.#clock.now();
    const all = notification("session/frames", { sessionId: this.#sessionId, frames });
    let events: Buffer | undefined;
    const before = this.#watchers.size;
    for (const [link, watcher] of this.#watchers) {
      if (this.#bound(link, watcher)) continue;
      if (watcher.words) link.send(all);
      else {
        const facts = frames.filter(isEvent);
        if (facts.length > 0)
          link.send((events ??= notification("session/frames", { sessionId: this.#sessionId, frames: facts })));
      }
    }
    if (this.#watchers.size < before) this.announce();
  }

  /** A slow reader loses fragments first, then its connection; the others notice nothing. True when it was closed. */
  #bound(link: Link, watcher: Watcher): boolean {
    const unsent = link.unsent();
    if (unsent > tooSlow) {
      this.#watchers.delete(link);
      link.close(closeCodes.tooSlow, "too slow: attach again after the last seq you have");
      return true;
    }
    if (watcher.words && unsent > deltasStop) {
      watcher.words = false;
      const message = "you read too slowly: fragments are left out until you have caught up";
      link.send(notification("session/warning", { sessionId: this.#sessionId, message }));
      this.#whenCaughtUp(link);
    }
    return false;
  }

  /** What was left out is not sent again: whoever has caught up comes anew, and finds it in the reply. */
  #whenCaughtUp(link: Link): void {
    this.#clock.after(lookAgain, () => {
      if (!this.#watchers.has(link)) return;
      if (link.unsent() >= deltasGoOn) {
        this.#whenCaughtUp(link);
        return;
      }
      this.flush();
      this.#watchers.delete(link);
      const reason = "fragments were left out; attach again for what you missed";
      link.send(notification("session/closed", { sessionId: this.#sessionId, reason, resumeAfter: 0 }));
    });
  }

  /** Said to whoever is here now, and whether anybody is; it is no part of the session. */
  warn(message: string): boolean {
    const frame = notification("session/warning", { sessionId: this.#sessionId, message });
    for (const link of this.#watchers.keys()) link.send(frame);
    return this.#watchers.size > 0;
  }

  /** Presence is a frame without a number: it is about now, and nobody needs it later. */
  announce(): void {
    if (this.#watchers.size === 0) return;
    const frame = notification("session/presence", { sessionId: this.#sessionId, present: this.present() });
    for (const link of this.#watchers.keys()) link.send(frame);
  }

  present(): Present[] {
    const people = new Map<string, Present>();
    for (const { caller, answers } of this.#watchers.keys()) {
      const key = JSON.stringify(caller.actor);
      const known = people.get(key) ?? { by: caller.actor, attachments: 0, answering: 0 };
      known.attachments++;
      if (answers && atLeast(caller.role, roleToAnswer("approval"))) known.answering++;
      people.set(key, known);
    }
    return [...people.values()];
  }

  /** Whether somebody with this much right watches. */
  some(test: (link: Link) => boolean): boolean {
    return this.#watchers.keys().some(test);
  }

  dismiss(reason: string, resumeAfter: number): void {
    this.flush();
    const frame = notification("session/closed", { sessionId: this.#sessionId, reason, resumeAfter });
    for (const link of this.#watchers.keys()) link.send(frame);
    this.#watchers.clear();
  }
}
