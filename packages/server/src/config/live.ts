import { DaimonError } from "@daimon/protocol";
import { fileIn, type Home, replaceFile, stateOf } from "@daimon/protocol/client/home";
import { existsSync, realpathSync, watch } from "node:fs";
import { profileNamed } from "../core/profiles.ts";
import { edited } from "./edit.ts";
import { invalid } from "./file.ts";
import { at } from "./line.ts";
import { type Flags, readConfigText } from "./load.ts";
import { checkTools, handedIn, handedOn, withProfiles } from "./profiles.ts";
import { readSettings, type Settings } from "./settings.ts";

export type Told = {
  /** The files changed and were understood. */
  changed(): void;
  /** They changed into something that nobody can understand: this is what is wrong. */
  refused(why: string): void;
  /** Nobody says when they change: they are looked at as a turn begins, and not before. */
  blind(why: string): void;
};

/** Editors write a file in several steps. */
const calm = 100;

/** What is set, and goes on to be while people edit it: an edit that cannot be understood leaves what was set before. */
export class LiveSettings {
  readonly #home: Home;
  readonly #read: () => Settings;
  #settings: Settings;
  #seen: string;
  #told: Told | undefined;

  constructor(home: Home, env: NodeJS.ProcessEnv, flags: Flags = {}) {
    // Its own, because the process forgets what its children must not find.
    const given = { ...env };
    this.#home = home;
    this.#read = () => readSettings(home, given, flags);
    this.#seen = this.#look();
    this.#settings = this.#read();
  }

  /** As it was found last: nothing is read. */
  get last(): Settings {
    return this.#settings;
  }

  now(): Settings {
    // Looked at before they are read: what is written meanwhile is seen the next time.
    const seen = this.#look();
    if (seen === this.#seen) return this.#settings;
    this.#seen = seen;
    try {
      this.#settings = this.#read();
      this.#told?.changed();
    } catch (error) {
      if (!(error instanceof DaimonError)) throw error;
      this.#told?.refused(error.message);
    }
    return this.#settings;
  }

  get file(): string {
    return fileIn.config(this.#home);
  }

  /** What holds now, all of it or what this key says: whoever said it, and never a provider's key. */
  get(key?: string): unknown {
    const { config } = this.now();
    const value = key === undefined ? config : at(config, key.split("."));
    if (value === undefined) throw new DaimonError("not_found", `${key} is not set; "config get" lists what is`);
    return value;
  }

  /** Changes one thing in the file: whole or not at all. `tools`: all there are, so that none is misspelt. */
  set(key: string, value: string, tools: readonly string[]): void {
    const text = edited(this.file, readConfigText(this.file) ?? "", key, value);
    if (/^profiles\..*\.tools$/.test(key)) checkTools(this.file, text, tools);
    this.#replace(text);
  }

  /** A profile as a text for somebody else. */
  handOn(name: string): string {
    const { config, secrets } = this.now();
    const text = handedOn(name, profileNamed(name, config));
    if (secrets.some((secret) => text.includes(secret)))
      throw invalid(`a key of yours stands in the words of the profile ${name}; take it out first`);
    return text;
  }

  /** Takes profiles from somebody's text into the file; their names. */
  handIn(text: string, tools: readonly string[], force: boolean): string[] {
    const profiles = handedIn(text, tools);
    this.#replace(withProfiles(this.file, readConfigText(this.file) ?? "", profiles, force));
    return Object.keys(profiles);
  }

  #replace(text: string): void {
    // People link their settings to where they keep them: the link stays.
    replaceFile(existsSync(this.file) ? realpathSync(this.file) : this.file, text);
  }

  /** Says what became of each edit, soon after it. Returns how to end it. */
  watch(told: Told): () => void {
    this.#told = told;
    let due: NodeJS.Timeout | undefined;
    const end = this.#watchFolder(() => {
      clearTimeout(due);
      due = setTimeout(() => this.now(), calm);
    });
    return () => {
      clearTimeout(due);
      end();
      this.#told = undefined;
    };
  }

  #watchFolder(changed: () => void): () => void {
    const { config } = this.#home;
    try {
      // The folder, because most editors put another file in the place of the old one.
      const watcher = watch(config, changed);
      watcher.on("error", ({ message }) => this.#told?.blind(message));
      return () => watcher.close();
    } catch (error) {
      this.#told?.blind((error as Error).message);
      return () => undefined;
    }
  }

  /** Another text whenever one of the files may have changed. */
  #look(): string {
    return [fileIn.config(this.#home), fileIn.keys(this.#home)].map(stateOf).join(", ");
  }
}

/** What is made of something, made anew where that is another than the last time. */
export function madeOf<Of extends object, Made>(now: () => Of, make: (of: Of) => Made): () => Made {
  let of: Of | undefined;
  let made: Made;
  return () => {
    const current = now();
    if (current !== of) made = make((of = current));
    return made;
  };
}
