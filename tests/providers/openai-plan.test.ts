import { expect, test } from "vitest";
import type { Access } from "../../packages/server/src/core/ports.ts";
import { openaiProvider } from "../../packages/server/src/providers/openai/index.ts";
import { tools } from "../conformance/vendor.ts";
import { asking, hear, vendorOf, wordsIn } from "./asking.ts";
import { responses } from "./responses.ts";
import { failing, streaming } from "./server.ts";

/** A ChatGPT plan takes requests of another shape than a key of the API does, through the same SDK. */

const access: Access = {
  state: { is: "in" },
  token: async () => "canary-token",
  secrets: () => ["canary-token"],
};
const plan = (url: string) => openaiProvider({ name: "openai", baseURL: `${url}/v1`, access });

test("tools go in a namespace, and what the model called stays in it", async () => {
  const vendor = await vendorOf([streaming(responses([{ text: ["Yes."] }]))]);
  const called = { kind: "call", callId: "call-1", tool: "python", input: { code: "x" } } as const;
  const { events } = await hear(
    plan(vendor.url),
    asking([
      { role: "user", text: "x?" },
      { role: "assistant", blocks: [called] },
      { role: "tool", callId: "call-1", tool: "python", ok: true, text: "41" },
    ]),
  );
  expect(wordsIn(events)).toBe("Yes.");
  const [request] = vendor.requests;
  expect(request?.headers.authorization).toBe("Bearer canary-token");
  expect(request?.body).toMatchObject({
    store: false,
    stream: true,
    input: [
      { role: "user" },
      { type: "function_call", name: "python", namespace: "daimon" },
      { type: "function_call_output", call_id: "call-1" },
    ],
    tools: [
      {
        type: "namespace",
        name: "daimon",
        tools: tools.map(({ name }) => expect.objectContaining({ type: "function", name })),
      },
    ],
  });
  const refused = ["temperature", "max_output_tokens", "metadata", "truncation", "user", "top_p"];
  for (const field of refused) expect(request?.body).not.toHaveProperty(field);
});

test("a request without tools has no empty namespace", async () => {
  const vendor = await vendorOf([streaming(responses([{ text: ["Yes."] }]))]);
  await hear(plan(vendor.url), asking("hi", { tools: [] }));
  expect(vendor.requests[0]?.body).not.toHaveProperty("tools");
});

test("what a plan would refuse is not left out unsaid: nothing is sent", async () => {
  const vendor = await vendorOf([]);
  const { fault } = await hear(plan(vendor.url), asking("hi", { temperature: 0.2, maxTokens: 9 }));
  expect(fault?.message).toBe(
    "openai did not take the request: a ChatGPT plan takes no temperature and no maxTokens; unset it, or use a key",
  );
  expect(vendor.requests).toEqual([]);
});

test("a plan whose time is over ends the turn with what to do, and the token is not said back", async () => {
  const vendor = await vendorOf(() =>
    failing(429, {
      error: { code: "subscription_sharing_usage_limit_exceeded", message: "Come back at 5, canary-token." },
    }),
  );
  const { fault } = await hear(plan(vendor.url), asking("hi"));
  expect(fault).toMatchObject({ kind: "payment", passes: false });
  expect(fault?.message).toBe(
    "openai wants to be paid first (429): Come back at 5, [key].; look after your account there",
  );
});
