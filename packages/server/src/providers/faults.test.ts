import { expect, test } from "vitest";
import { argumentsIn } from "./calls.ts";
import { faultsOf, retryAfterIn, rootOf, type Trouble } from "./faults.ts";

const faults = faultsOf({ name: "acme", key: "very-secret" });
const kindOf = (trouble: Trouble) => faults("m-1", trouble, "broken").kind;

test.for<[Trouble, string]>([
  [{ status: 401 }, "auth"],
  [{ status: 403 }, "auth"],
  [{ status: 400, names: ["INVALID_ARGUMENT", "API_KEY_INVALID"] }, "auth"],
  [{ status: 402 }, "payment"],
  [{ status: 429, names: ["enforced_spend_limit_reached", "rate_limit_error"] }, "payment"],
  [{ status: 429, names: ["insufficient_quota"] }, "payment"],
  [{ status: 400, said: "Your credit balance is too low to access the API." }, "payment"],
  [{ status: 404 }, "model"],
  [{ status: 400, names: ["model_not_found"] }, "model"],
  [{ status: 400, said: "messages: at least one message is required" }, "invalid"],
  [{ status: 400, said: "Invalid 'input[0].id': string too long. Expected a maximum length of 64" }, "invalid"],
  [{ status: 400, said: "prompt is too long: 205000 tokens > 200000 maximum" }, "overflow"],
  [{ status: 400, said: "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000" }, "overflow"],
  [{ status: 400, said: "The input token count (1200000) exceeds the maximum number of tokens allowed" }, "overflow"],
  [{ status: 400, names: ["context_length_exceeded"] }, "overflow"],
  [{ status: 413 }, "overflow"],
  [{ status: 429 }, "rate"],
  [{ status: 503 }, "overloaded"],
  [{ status: 529 }, "overloaded"],
  [{ names: ["overloaded_error"] }, "overloaded"],
  [{ status: 500 }, "server"],
  [{ status: 408 }, "server"],
  [{ names: ["something new"] }, "broken"],
])("%j is understood as %s", ([trouble, kind]) => {
  expect(kindOf(trouble)).toBe(kind);
});

test("a fault never repeats the key, even where the vendor does, and stays one short line", () => {
  const { message } = faults("m-1", { status: 401, said: `no such key:\n  very-secret ${"x".repeat(9999)}` }, "broken");
  expect(message).toContain("no such key: [key] xxx");
  expect(message).not.toContain("very-secret");
  expect(message.length).toBeLessThan(700);
});

test("how long to wait is understood in every form that servers give it", () => {
  const wait = (headers: Record<string, string>) =>
    retryAfterIn(new Headers(headers), Date.parse("2026-01-01T00:00:00Z"));
  expect(wait({ "retry-after": "3" })).toBe(3000);
  expect(wait({ "retry-after": "3", "retry-after-ms": "250" })).toBe(250);
  expect(wait({ "retry-after": "Thu, 01 Jan 2026 00:00:07 GMT" })).toBe(7000);
  for (const none of [{}, { "retry-after": "soon" }, { "retry-after": "-1" }] as Record<string, string>[])
    expect(wait(none)).toBeUndefined();
});

test("the innermost cause of trouble is what is told", () => {
  const root = new Error("connect ECONNREFUSED");
  expect(rootOf(new Error("Connection error.", { cause: new TypeError("fetch failed", { cause: root }) }))).toBe(root);
  expect(rootOf("odd").message).toBe("odd");
});

test.for(["[1]", '"x"', "null", "3", '{"a": 1', "{'a': 1}"])(
  "arguments that are no object are malformed: %s",
  (json) => {
    expect(argumentsIn(json)).toEqual({ input: {}, malformed: json });
  },
);

test("arguments are read as what they are, and none at all are none", () => {
  expect(argumentsIn('{"a": [1]}')).toEqual({ input: { a: [1] } });
  expect(argumentsIn(" ")).toEqual({ input: {} });
});
