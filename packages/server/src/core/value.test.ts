import { sizes, type Value } from "@daimon/protocol";
import { expect, test } from "vitest";
import { boundedValue, Spool } from "./value.ts";

function shelf() {
  const kept: string[] = [];
  const put = async (bytes: Uint8Array, type: string) => {
    kept.push(new TextDecoder().decode(bytes));
    return { sha256: String(kept.length), bytes: bytes.length, type };
  };
  return { kept, put };
}
const most = sizes.halfBlock;

test("a value that fits is kept as it is", async () => {
  const value: Value = { text: "42", bundle: { "text/html": "<b>42</b>" }, handle: "result:1" };
  expect(await boundedValue(value, shelf(), most)).toEqual(value);
});

test("long text is cut and kept whole; a large part of a bundle becomes a blob of its type", async () => {
  const blobs = shelf();
  const long = "a".repeat(100_000);
  const value = await boundedValue({ text: long, bundle: { "image/svg+xml": long, "text/html": "b" } }, blobs, most);
  expect(blobs.kept).toEqual([long, long]);
  expect(value).toMatchObject({
    cut: true,
    text: expect.stringContaining("characters left out") as string,
    bundle: {
      "image/svg+xml": { type: "image/svg+xml" },
      "text/html": "b",
      "text/plain": { bytes: 100_000 },
    },
  });
});

test("a picture is kept as its bytes, not as the base64 that Python sent", async () => {
  const bytes = Buffer.alloc(20_000, 7);
  const bundle = { "image/png": bytes.toString("base64") };
  const value = await boundedValue({ text: "<Figure>", bundle }, shelf(), most);
  expect(value.bundle?.["image/png"]).toMatchObject({ bytes: 20_000, type: "image/png" });
});

test("whatever is displayed fits an event beside as much again, and what was left out is not hidden", async () => {
  const names = Array.from({ length: 500 }, (_, n) => [`x/${n}`, "\u0001".repeat(300)]);
  const endless = "y".repeat(10_000);
  const value = await boundedValue(
    { text: "\u0001".repeat(9000), bundle: { [endless]: "z", ...Object.fromEntries(names) }, handle: endless },
    shelf(),
    most,
  );
  expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThan(sizes.event - most - 4096);
  expect(value.cut).toBe(true);
  expect(JSON.stringify(value)).not.toContain(endless);
});

test("a flood is kept up to a bound, and the blob says that it ends there", async () => {
  const { kept, put } = shelf();
  const spool = new Spool();
  for (let n = 0; n < 40; n++) spool.add("0123456789".repeat(50_000));
  await spool.put({ put });
  expect(kept[0]?.length).toBeLessThan(9 * 1024 * 1024);
  expect(kept[0]).toMatch(/the rest of the output was not kept \.\.\.\]\n$/);
});
