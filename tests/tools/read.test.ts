import { once } from "node:events";
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  lstatSync,
  openSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { weightOf } from "../../packages/protocol/src/index.ts";
import type { ToolContext } from "../../packages/server/src/core/ports.ts";
import { read } from "../../packages/server/src/tools/read/index.ts";
import { isAsSeen, remember, seenIn, seenOf } from "../../packages/server/src/tools/seen.ts";
import { finish } from "../conformance/tool.ts";
import { folder, pipe, put, working } from "./place.ts";

const cwd = folder();
const file = (name: string, content: string | Uint8Array) => put(join(cwd, name), content);
const reading = (input: object, more: Partial<ToolContext> = {}) => finish(read, input, working(cwd, more));
const textOf = async (input: object) => (await reading(input)).text;
const lines = (count: number, line = (n: number) => `line ${n}`) =>
  Array.from({ length: count }, (_, index) => line(index + 1)).join("\n");

test("a file is read with the numbers of its lines", async () => {
  file("short", "one\n  two\n\nfour\n");
  expect(await reading({ path: "short" })).toEqual({ text: "1\tone\n2\t  two\n3\t\n4\tfour" });
});

test.for([
  ["one\ntwo", "1\tone\n2\ttwo"],
  ["one", "1\tone"],
  ["\n", "1\t"],
  ["\n\n", "1\t\n2\t"],
  ["", '("ends" is empty)'],
] as const)("%j has the lines that an editor shows", async ([content, text]) => {
  file("ends", content);
  expect(await textOf({ path: "ends" })).toBe(text);
});

test("a part of a file, and how to go on", async () => {
  file("part", lines(10));
  expect(await textOf({ path: "part", offset: 3, limit: 2 })).toBe(
    "3\tline 3\n4\tline 4\n\n[Lines 3-4 of 10. Go on with offset 5.]",
  );
  expect(await textOf({ path: "part", offset: 9, limit: 100 })).toBe("9\tline 9\n10\tline 10");
  expect(await reading({ path: "part", offset: 11 })).toEqual({
    ok: false,
    text: '"part" has 10 lines: line 11 is behind its end.',
  });
});

test("at most 2,000 lines and 50 KiB come at once, and the notices lead through all of it", async () => {
  file(
    "many",
    lines(5000, (n) => (n % 700 === 0 ? `long ${"é😀".repeat(400)}` : `line "${n}"\t`)),
  );
  let all = "";
  let offset: number | undefined = 1;
  for (let time = 0; offset !== undefined; time++) {
    const text = await textOf({ path: "many", offset });
    expect(weightOf(text)).toBeLessThan(51 * 1024);
    const [body = "", note = ""] = text.split("\n\n[");
    expect(body.split("\n").length).toBeLessThanOrEqual(2000);
    expect(time).toBeLessThan(10);
    all += `${body}\n`;
    const more = /^Lines (\d+)-\d+ of 5000\. Go on with offset (\d+)\.\]$/.exec(note);
    if (note !== "") expect(Number(more?.[1])).toBe(offset);
    offset = more ? Number(more[2]) : undefined;
  }
  expect(
    all
      .split("\n")
      .slice(0, -1)
      .map((line) => Number(line.split("\t")[0])),
  ).toEqual(Array.from({ length: 5000 }, (_, index) => index + 1));
});

test("lines of nothing fill a result no further than others", async () => {
  file("blank", `${"x".repeat(50_000)}${"\n".repeat(3000)}`);
  const text = await textOf({ path: "blank" });
  expect(weightOf(text)).toBeLessThan(51 * 1024);
  expect(text).toMatch(/\[Lines 1-\d+ of 3000\. Go on with offset \d+\.\]$/);
});

test("of one endless line the beginning is shown, and said to be one; no character is broken", async () => {
  for (const [name, letter] of [
    ["ascii", "a"],
    ["two", "é"],
    ["three", "漢"],
    ["four", "😀"],
  ] as const) {
    file(name, `x${letter.repeat(60_000)}\nnext\n`);
    const text = await textOf({ path: name });
    expect(text).toContain("Line 1 is longer: this is only its beginning.");
    expect(text).toContain("Go on with offset 2.");
    expect(text).not.toContain("\ufffd");
    expect(text).not.toContain("Windows");
    expect(await textOf({ path: name, offset: 2 })).toBe("2\tnext");
  }
});

test("a file larger than one chunk is read over its seams", async () => {
  const content = lines(200_000, (n) => `${n} ${"é".repeat(n % 17)}`);
  file("large", content);
  const all = content.split("\n");
  for (const offset of [1, 60_000, 131_072, 199_990]) {
    const text = await textOf({ path: "large", offset, limit: 50 });
    const shown = text.split("\n\n[")[0]?.split("\n");
    expect(shown).toEqual(all.slice(offset - 1, offset + 49).map((line, index) => `${offset + index}\t${line}`));
    if (offset < 199_951) expect(text).toContain("of 200000.");
  }
});

test("how a file is written is said, and does not get into its lines", async () => {
  file("bom", "\ufeffone\r\ntwo\r\n");
  expect(await textOf({ path: "bom" })).toBe("1\tone\n2\ttwo\n\n[It begins with a BOM. Lines end with CRLF.]");
  file("latin", Buffer.from("gr\u00f6\u00dfe\n", "latin1"));
  expect(await textOf({ path: "latin" })).toBe("1\tgröße\n\n[The file is not UTF-8: read as Windows-1252.]");
  file("utf16le", Buffer.from("\ufeffgröße\r\n😀\n", "utf16le"));
  expect(await textOf({ path: "utf16le" })).toContain("1\tgröße\n2\t😀\n\n[");
  expect(await textOf({ path: "utf16le" })).toContain("The file is UTF-16.");
  file("utf16be", Buffer.from("\ufeffgröße\n", "utf16le").swap16());
  expect(await textOf({ path: "utf16be" })).toContain("1\tgröße\n");
});

test("what is binary is not shown", async () => {
  file("program", Buffer.from("\x7fELF\0\0\0"));
  file("late", `${lines(3000)}\n\0\n`);
  expect(await reading({ path: "program" })).toMatchObject({ ok: false, text: expect.stringContaining("is binary") });
  expect(await reading({ path: "late", offset: 2500 })).toMatchObject({
    ok: false,
    text: expect.stringContaining("is binary"),
  });
});

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/p2cVtQAAAABJRU5ErkJggg==",
  "base64",
);
const sized = (width: number) => {
  const bytes = Buffer.from(png);
  bytes.writeUInt32BE(width, 16);
  return bytes;
};

test("a picture is seen, by what it is and not by its name", async () => {
  file("shot.txt", png);
  const kept: [number, string, string | undefined][] = [];
  const keep = async (bytes: Uint8Array, type: string, name?: string) => {
    kept.push([bytes.length, type, name]);
    return { sha256: "a".repeat(64), bytes: bytes.length, type };
  };
  const blobs = { ...working(cwd).blobs, put: keep };
  expect(await reading({ path: "shot.txt" }, { blobs })).toEqual({
    text: `"shot.txt" is a picture: image/png, 1 x 1, ${png.length} bytes.`,
    bundle: { "image/png": { sha256: "a".repeat(64), bytes: png.length, type: "image/png" } },
  });
  expect(kept).toEqual([[png.length, "image/png", "shot.txt"]]);
  const gif = Buffer.concat([Buffer.from("GIF89a"), Buffer.from([7, 0, 9, 0]), Buffer.alloc(30)]);
  const jpeg = Buffer.concat([Buffer.from("ffd8ffe00004aaaaffc0000b0800050003", "hex"), Buffer.alloc(30)]);
  const webp = Buffer.concat([
    Buffer.from("RIFF....WEBPVP8X"),
    Buffer.from([10, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 8, 0, 0]),
    Buffer.alloc(9),
  ]);
  for (const [bytes, about] of [
    [gif, "image/gif, 7 x 9"],
    [jpeg, "image/jpeg, 3 x 5"],
    [webp, "image/webp, 7 x 9"],
  ] as const) {
    file("other", bytes);
    expect((await reading({ path: "other" }, { blobs })).text).toContain(about);
  }
});

test("a picture that vendors would refuse is not shown: they would refuse all that comes after it", async () => {
  file("wide.png", sized(9000));
  file("heavy.png", Buffer.concat([png, Buffer.alloc(5 * 1024 * 1024)]));
  for (const path of ["wide.png", "heavy.png"])
    expect(await reading({ path })).toMatchObject({
      ok: false,
      text: expect.stringContaining("too large to be shown"),
    });
});

test("whatever is no file is refused, and nobody waits for it", async () => {
  pipe(join(cwd, "fifo"));
  const server = createServer().listen(join(cwd, "socket"));
  await once(server, "listening");
  for (const [path, says] of [
    ["fifo", "is a pipe"],
    ["socket", "is a socket"],
    [".", "is a folder; list it with ls"],
    ["/dev/zero", "lies outside"],
    ["nothing", 'There is no "nothing".'],
    ["shrot", 'There is no "shrot". Did you mean "short"?'],
    ["no/where", 'There is no "no/where". The folder "no" is not there either.'],
    ["short/x", "a part of the path is a file"],
    ["n".repeat(300), "the path is too long"],
  ] as const)
    expect(await reading({ path })).toMatchObject({ ok: false, text: expect.stringContaining(says) });
  server.close();
});

test("of a gigabyte no more is in memory than is shown", async () => {
  const fd = openSync(join(cwd, "giga"), "w");
  writeSync(fd, lines(100));
  ftruncateSync(fd, 1024 ** 3);
  writeSync(fd, "\nlast\n", 1024 ** 3);
  closeSync(fd);
  const before = process.memoryUsage();
  expect(await reading({ path: "giga" })).toMatchObject({
    ok: false,
    text: expect.stringContaining("binary (1.0 GB)"),
  });
  file("texts", `${lines(1_000_000, (n) => `${n} ${"text ".repeat(20)}`)}\n`);
  const text = await textOf({ path: "texts" });
  expect(text).toMatch(/\[Lines 1-\d+ of more than \d+\. Go on with offset \d+\.\]$/);
  expect(await textOf({ path: "texts", offset: 1_000_000 })).toMatch(/^1000000\t1000000 text/);
  const { arrayBuffers, external } = process.memoryUsage();
  expect(arrayBuffers + external - before.arrayBuffers - before.external).toBeLessThan(32 * 1024 ** 2);
  rmSync(join(cwd, "texts"));
  rmSync(join(cwd, "giga"));
});

test("a file that grows or shrinks while it is read gives what there is", async () => {
  const path = file("growing", lines(10));
  const running = reading({ path: "growing" });
  appendFileSync(path, "\nmore");
  expect((await running).text).toMatch(/^1\tline 1\n/);
});

test("what was read is remembered for those who write: until the file is another", async () => {
  const path = file("seen", "one\n");
  await reading({ path: "./seen" });
  const seen = seenIn("s", path)!;
  const now = () => lstatSync(path, { bigint: true });
  const digest = () => "another digest";
  expect(seen.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(isAsSeen(seen, now(), () => seen.sha256!)).toBe(true);
  // Within one tick of the clock its times stay the same.
  expect(isAsSeen(seen, now(), digest)).toBe(false);
  // The same words at another time are no change.
  utimesSync(path, 1, 1);
  expect(isAsSeen(seen, now(), () => seen.sha256!)).toBe(true);
  writeFileSync(path, "longer\n");
  expect(isAsSeen(seen, now(), () => seen.sha256!)).toBe(false);
  expect(seenIn("another session", path)).toBeUndefined();
  expect(seenIn("s", join(cwd, "unread"))).toBeUndefined();
});

test("of what is too long to know its content, the times say whether it is another", () => {
  const path = file("long", "one\n");
  const now = () => lstatSync(path, { bigint: true });
  const seen = seenOf(now());
  const digest = () => "never asked";
  expect(isAsSeen(seen, now(), digest)).toBe(true);
  utimesSync(path, 1, 1);
  expect(isAsSeen(seen, now(), digest)).toBe(false);
});

test("what is remembered is bounded", () => {
  const stats = lstatSync(cwd, { bigint: true });
  for (let index = 0; index < 2100; index++) remember("bounded", `/f${index}`, seenOf(stats));
  expect(seenIn("bounded", "/f99")).toBeUndefined();
  expect(seenIn("bounded", "/f100")).toBeDefined();
  for (let index = 0; index < 200; index++) remember(`session ${index}`, "/f", seenOf(stats));
  expect(seenIn("bounded", "/f2099")).toBeUndefined();
});

test("people are shown what is read", () => {
  expect(read.show({ path: "a\nb", offset: 3, limit: 2 }).text).toBe('read "a\\nb" from line 3, 2 lines');
});
