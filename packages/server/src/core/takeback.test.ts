import fc from "fast-check";
import { expect, test } from "vitest";
import { type FileChanged, netOf } from "./changes.ts";
import { digestOfBytes } from "./digest.ts";
import type { Found } from "./ports.ts";
import { clashesOf, dueOf, lostIn, type Step, stepsOf } from "./takeback.ts";
import { Keeper } from "./watching.ts";

/** Files and folders in memory: a folder holds undefined. What is deleted goes to the trash, as the tools do it. */
class Disk {
  files = new Map<string, string | undefined>();
  trash = new Map<string, Map<string, string | undefined>>();

  copy(): Disk {
    const disk = new Disk();
    disk.files = new Map(this.files);
    return disk;
  }

  below(path: string): string[] {
    return [...this.files.keys()].filter((other) => other === path || other.startsWith(`${path}/`));
  }

  take(path: string): Map<string, string | undefined> {
    const taken = new Map(this.below(path).map((at) => [at.slice(path.length), this.files.get(at)]));
    for (const way of taken.keys()) this.files.delete(path + way);
    return taken;
  }

  put(path: string, things: ReadonlyMap<string, string | undefined>): void {
    for (const [way, content] of things) this.files.set(path + way, content);
  }

  look = async (path: string): Promise<Found> => {
    if (!this.files.has(path)) return { is: "nothing" };
    const content = this.files.get(path);
    if (content === undefined) return { is: "folder", empty: this.below(path).length === 1 };
    return { is: "file", sha256: sha(content), mode: 0o644, bytes: content.length };
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const sha = (text: string) => digestOfBytes(bytes(text));

/** A turn that changes files as the tools do, each change said before it is made. */
class Hand {
  readonly disk: Disk;
  readonly changes: FileChanged[] = [];
  readonly blobs = new Map<string, string>();
  readonly #keeper = new Keeper({
    put: async (content) => {
      this.blobs.set(digestOfBytes(content), new TextDecoder().decode(content));
      return { sha256: digestOfBytes(content), bytes: content.length, type: "" };
    },
  });

  constructor(disk: Disk) {
    this.disk = disk;
  }

  async #say(change: Parameters<Keeper["event"]>[2]): Promise<void> {
    this.changes.push((await this.#keeper.event(1, 1, change)) as FileChanged);
  }

  /** Makes the folders above it; false where one of them is a file. */
  async folders(path: string): Promise<boolean> {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (folder === "") return true;
    if (this.disk.files.has(folder)) return this.disk.files.get(folder) === undefined;
    if (!(await this.folders(folder))) return false;
    await this.#say({ path: folder, change: "created" });
    this.disk.files.set(folder, undefined);
    return true;
  }

  async write(path: string, text: string): Promise<void> {
    const { files } = this.disk;
    if (files.has(path) && files.get(path) === undefined) return;
    if (!(await this.folders(path))) return;
    const before = files.get(path);
    const kept = before === undefined ? {} : { before: { bytes: bytes(before), mode: 0o644 } };
    await this.#say({ path, change: before === undefined ? "created" : "edited", after: sha(text), ...kept });
    files.set(path, text);
  }

  async move(from: string, to: string): Promise<void> {
    const { disk } = this;
    if (!disk.files.has(from) || disk.files.has(to) || to.startsWith(`${from}/`)) return;
    if (!(await this.folders(to))) return;
    const content = disk.files.get(from);
    await this.#say({ path: from, change: "moved", to, ...(content === undefined ? {} : { after: sha(content) }) });
    disk.put(to, disk.take(from));
  }

  /** `shell`: as a command does it, file by file and for good. */
  async remove(path: string, shell: boolean): Promise<void> {
    const { disk } = this;
    if (!disk.files.has(path)) return;
    const content = disk.files.get(path);
    if (shell && content === undefined) return;
    const to = `trash:${this.changes.length}`;
    const before = content === undefined ? {} : { before: { bytes: bytes(content), mode: 0o644 } };
    await this.#say({ path, change: "deleted", ...(shell ? {} : { to }), ...before });
    const taken = disk.take(path);
    if (!shell) disk.trash.set(to, taken);
  }
}

/** Does the steps from the first one on, up to the last; that one is cut off before its effect, or behind it. */
async function takeBack(hand: Hand, steps: readonly Step[], first: number, last?: { step: number; effect: boolean }) {
  const { disk, blobs } = hand;
  for (const [index, step] of steps.entries()) {
    if (index < first || (last && index > last.step)) continue;
    const due = await dueOf(step, disk.look);
    if (due.is === "stop") throw new Error(`${step.is} ${step.path}: ${due.why}`);
    if (due.is === "skip" || (index === last?.step && !last.effect)) continue;
    if (step.is === "put") disk.files.set(step.path, blobs.get(step.kept.blob.sha256));
    else if (step.is === "remove") disk.files.delete(step.path);
    else if (step.is === "move") disk.put(step.to, disk.take(step.path));
    else if (disk.trash.has(step.from)) {
      disk.put(step.path, disk.trash.get(step.from)!);
      disk.trash.delete(step.from);
    }
  }
}

const names = ["/a", "/b", "/d", "/d/x", "/d/y", "/e/x", "/d/f/z", "/e"];
const path = fc.constantFrom(...names);
const act = fc.oneof(
  fc.record({ is: fc.constant("write" as const), path, text: fc.constantFrom("1", "2", "3") }),
  fc.record({ is: fc.constant("move" as const), path, to: path }),
  fc.record({ is: fc.constant("remove" as const), path, shell: fc.boolean() }),
);

const begin = (): Disk => {
  const disk = new Disk();
  for (const folder of ["/d", "/d/f"]) disk.files.set(folder, undefined);
  for (const file of ["/a", "/d/x", "/d/f/z"]) disk.files.set(file, `begin ${file}`);
  return disk;
};

test("whatever a turn did to files and folders, all is as before once it is taken back, cut off in the middle or not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 12 }), fc.nat(12), fc.boolean(), async (acts, step, effect) => {
      const hand = new Hand(begin());
      for (const one of acts)
        if (one.is === "write") await hand.write(one.path, one.text);
        else if (one.is === "move") await hand.move(one.path, one.to);
        else await hand.remove(one.path, one.shell);
      const net = netOf(hand.changes, true);
      expect(lostIn(net)).toEqual([]);
      expect(await clashesOf(net, hand.disk.look)).toEqual([]);
      await takeBack(hand, stepsOf(net), 0, { step, effect });
      await takeBack(hand, stepsOf(net), step);
      expect(Object.fromEntries(hand.disk.files)).toEqual(Object.fromEntries(begin().files));
    }),
    { numRuns: 3000 },
  );
});
