import { expect, onTestFinished, test } from "vitest";
import { failing, json, lengthOf, type Script, sse, stall, startVendor, streaming, type Vendor } from "./server.ts";

async function vendorOf(script: Script): Promise<Vendor> {
  const vendor = await startVendor(script);
  onTestFinished(() => vendor.close());
  return vendor;
}
const post = (vendor: Vendor, body: unknown, signal?: AbortSignal) =>
  fetch(`${vendor.url}/v1/x`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "x-key": "k" },
    signal: signal ?? null,
  });

test("requests are kept, and the nth gets the nth answer", async () => {
  const vendor = await vendorOf([json({ a: 1 }), failing(429, { error: "slow" }, { "retry-after": "3" })]);
  expect(await (await post(vendor, { q: 1 })).json()).toEqual({ a: 1 });
  const second = await post(vendor, { q: 2 });
  expect([second.status, second.headers.get("retry-after"), await second.json()]).toEqual([
    429,
    "3",
    { error: "slow" },
  ]);
  expect((await post(vendor, {})).status).toBe(418);
  expect(vendor.requests.map(({ path, body }) => [path, body])).toEqual([
    ["/v1/x", { q: 1 }],
    ["/v1/x", { q: 2 }],
    ["/v1/x", {}],
  ]);
  expect(vendor.requests[0]).toMatchObject({ method: "POST", text: '{"q":1}', headers: { "x-key": "k" } });
});

test("a body comes whole in whatever pieces it is cut into", async () => {
  const body = sse({ type: "a", text: "höhö" }, { n: 1 }, "[DONE]");
  for (const chunk of [1, 3, 1000]) {
    const vendor = await vendorOf([streaming(body, { chunk })]);
    expect(await (await post(vendor, {})).text()).toBe(
      'event: a\ndata: {"type":"a","text":"höhö"}\n\ndata: {"n":1}\n\ndata: [DONE]\n\n',
    );
  }
});

test("what stands behind a gate comes once it opens", async () => {
  const gate = Promise.withResolvers<void>();
  const vendor = await vendorOf([streaming(["before", gate.promise, "after"])]);
  const reader = (await post(vendor, {})).body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe("before");
  const next = reader.read();
  gate.resolve();
  expect((await next).value).toBe("after");
  expect((await reader.read()).done).toBe(true);
  expect(await vendor.requests[0]!.over).toBe(false);
});

test("a stall lasts until the asker leaves, and that is seen", async () => {
  const vendor = await vendorOf([streaming(["before", stall])]);
  const abort = new AbortController();
  await post(vendor, {}, abort.signal);
  const asked = await vendor.request(0);
  abort.abort();
  expect(await asked.over).toBe(true);
});

test("a cut ends the connection at that byte", async () => {
  const body = ["12345", "67890"];
  expect(lengthOf(body)).toBe(10);
  for (const cut of [0, 1, 5, 9]) {
    const vendor = await vendorOf([streaming(body, { cut })]);
    const reader = (await post(vendor, {})).body!.pipeThrough(new TextDecoderStream()).getReader();
    let got = "";
    const reading = (async () => {
      for (;;) got += (await reader.read()).value ?? "";
    })();
    await expect(reading).rejects.toThrow("terminated");
    expect("1234567890".slice(0, cut).startsWith(got)).toBe(true);
  }
});
