import { type Heard, named, typed } from "./heard.ts";
import { stringReply } from "./replies.ts";
import { csi, linux, oldMouse, ss3 } from "./sequences.ts";
import { Pasting } from "./pasting.ts";
import { Characters } from "./characters.ts";

type State = "ground" | "escape" | "csi" | "linux" | "ss3" | "mouse" | "string" | "string end" | "paste";

/** A sequence that is longer than this is not kept, and means nothing. */
const longest = 4096;
const escape = 0x1b;
const latinControls = /[\x80-\x9f]/g;
const isLatinControl = (char: string) => char >= "\x80" && char <= "\x9f";

/**
 * The bytes of a terminal, one after the other: however they were cut in pieces, they mean the same. A lone ESC is
 * Escape only once nothing follows it, and only a clock can say that: `idle` is called when nothing came for a while.
 */
export class Decoder {
  #state: State = "ground";
  /** Escape, and then a sequence: the terminals that say Alt so. */
  #twice = false;
  #kind = "";
  #body = "";
  /** Nothing came for a while in the middle of a sequence. */
  #late = false;
  #characters = new Characters();
  #pasting = new Pasting();
  #heard: Heard[] = [];

  /** Something began that may be whole as it is: call `idle` if nothing more comes. */
  get waits(): boolean {
    return this.#characters.waits || (this.#state !== "ground" && this.#state !== "paste");
  }

  push(bytes: Uint8Array): Heard[] {
    this.#late = false;
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === "paste") at = this.#paste(bytes, at);
      else this.#byte(bytes[at++]!);
    }
    return this.#take();
  }

  /** Nothing came for a while: what can stand for itself does. */
  idle(): Heard[] {
    this.#character(this.#characters.end());
    const alone = this.#body === "" && this.#state !== "string end";
    if (this.#state === "paste" || this.#state === "ground") return this.#take();
    if (this.#state === "escape") {
      this.#hear(named("escape"));
      if (this.#twice) this.#hear(named("escape"));
    } else if (alone && (this.#state === "csi" || this.#state === "ss3" || this.#state === "string")) this.#asTyped();
    // A person cannot type as fast as this began. What a terminal sends may be held up on its way, once.
    else if (!this.#late) {
      this.#late = true;
      return this.#take();
    }
    this.#enter("ground");
    return this.#take();
  }

  #take(): Heard[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  #hear(heard: Heard | undefined): void {
    if (heard) this.#heard.push(heard);
  }

  #enter(state: State, kind = ""): void {
    this.#state = state;
    this.#kind = kind;
    this.#body = "";
    if (state === "ground") this.#twice = false;
  }

  #byte(byte: number): void {
    switch (this.#state) {
      case "ground":
        return this.#ground(byte);
      case "escape":
        return this.#afterEscape(byte);
      case "csi":
        return this.#inCsi(byte);
      case "linux":
        this.#hear(linux(String.fromCharCode(byte)));
        return this.#enter("ground");
      case "ss3":
        return this.#inSs3(byte);
      case "mouse":
        return this.#inOldMouse(byte);
      case "string":
        return this.#inString(byte);
      case "string end":
        return this.#atStringEnd(byte);
      case "paste":
        throw new Error("a paste is read as a whole");
    }
  }

  #ground(byte: number, alt = false): void {
    if (byte === escape) {
      this.#character(this.#characters.end());
      return this.#enter("escape");
    }
    for (const char of this.#characters.push(byte, alt)) this.#character(char);
  }

  #character(char: { text: string; alt: boolean } | undefined): void {
    // The control characters of Latin 1 are on no keyboard.
    if (char && !isLatinControl(char.text)) this.#hear(typed(char.text, char.alt));
  }

  #afterEscape(byte: number): void {
    const char = String.fromCharCode(byte);
    if (byte === escape) {
      if (this.#twice) this.#hear(named("escape"));
      this.#twice = true;
    } else if (char === "[") this.#enter("csi", char);
    else if (char === "O") this.#enter("ss3", char);
    else {
      if (this.#twice) this.#hear(named("escape"));
      this.#twice = false;
      if ("]P_^X".includes(char)) return this.#enter("string", char);
      this.#enter("ground");
      this.#ground(byte, true);
    }
  }

  /** What began like a sequence was Alt with that character. */
  #asTyped(): void {
    if (this.#twice) this.#hear(named("escape"));
    this.#hear(typed(this.#kind, true));
  }

  #inCsi(byte: number): void {
    const char = String.fromCharCode(byte);
    const begins = this.#body === "";
    if (begins && char === "[") return this.#enter("linux");
    if (begins && char === "M") return this.#enter("mouse");
    const isRxvt = char === "$" && /^\d+$/.test(this.#body);
    if (byte >= 0x20 && byte < 0x40 && !isRxvt) return this.#add(char);
    if (!isRxvt && (byte < 0x40 || byte > 0x7e)) return this.#breakOff(byte);
    const body = this.#body;
    const alt = this.#twice;
    this.#enter("ground");
    if (body.length > longest) return;
    if (body === "200" && char === "~") this.#enter("paste");
    else if (body !== "201" || char !== "~") this.#hear(csi(body, char, alt));
  }

  #inSs3(byte: number): void {
    if (byte < 0x20 || byte > 0x7e) return this.#breakOff(byte);
    const alt = this.#twice;
    this.#enter("ground");
    this.#hear(ss3(String.fromCharCode(byte), alt));
  }

  /** A sequence that was not one: the byte that cannot be in it begins something else. */
  #breakOff(byte: number): void {
    if (this.#body === "") this.#asTyped();
    this.#enter("ground");
    this.#ground(byte);
  }

  #inOldMouse(byte: number): void {
    this.#add(String.fromCharCode(byte));
    if (this.#body.length < 3) return;
    this.#hear(oldMouse([...Buffer.from(this.#body, "latin1")]));
    this.#enter("ground");
  }

  #inString(byte: number): void {
    if (byte === escape) this.#state = "string end";
    else if (byte === 0x07) this.#endString();
    else if (byte === 0x18 || byte === 0x1a) this.#enter("ground");
    else if (byte >= 0x20 && byte !== 0x7f) this.#add(String.fromCharCode(byte));
  }

  #atStringEnd(byte: number): void {
    if (byte === 0x5c) return this.#endString();
    if (this.#body === "") this.#asTyped();
    this.#enter("escape");
    this.#afterEscape(byte);
  }

  #endString(): void {
    const [kind, body] = [this.#kind, this.#body];
    this.#enter("ground");
    if (body.length <= longest)
      this.#hear(stringReply(kind, Buffer.from(body, "latin1").toString().replaceAll(latinControls, "")));
  }

  #add(char: string): void {
    if (this.#body.length <= longest) this.#body += char;
  }

  #paste(bytes: Uint8Array, from: number): number {
    const { next, ended } = this.#pasting.push(bytes, from);
    if (!ended) return next;
    this.#hear(this.#pasting.take());
    this.#enter("ground");
    return next;
  }
}
