import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { ProviderFault } from "../../packages/server/src/core/faults.ts";
import type {
  ModelEvent,
  ModelInfo,
  ModelRequest,
  Provider,
  StopReason,
} from "../../packages/server/src/core/ports.ts";
import type { Endpoint } from "../../packages/server/src/providers/endpoint.ts";
import {
  type Answer,
  type Frame,
  json,
  lengthOf,
  type Script,
  stall,
  startVendor,
  streaming,
} from "../providers/server.ts";
import { all, isAnswer, providerSuite } from "./provider.ts";

/** A vendor's wire, written from its documented events, and what each of its answers means. */
export type Wire = {
  provider(endpoint: Endpoint): Provider;
  model: string;
  /** "Grüße, Welt 🌍." in pieces. */
  words: readonly Frame[];
  /**
   * Thinks and says something, then calls `python` with `{"code": "x = 1"}` and `get_repr` with `{"name": "x"}` at once.
   * The number makes the ids of its calls different from all others'.
   */
  calls(n: number): readonly Frame[];
  /** `words`, from a server that does not stream. */
  plain: unknown;
  /** Answers that stop for another reason. */
  stops: readonly [StopReason, readonly Frame[]][];
  /** Calls of `python` whose arguments are `{"code": "x = ` and nothing more. None where the wire cannot say it. */
  malformed: readonly (readonly Frame[])[];
  /** Calls `no_such_tool`, twice by the same id where calls have ids of the vendor's. */
  strange: readonly Frame[];
  /** It ends well and said nothing. */
  empty: readonly Frame[];
  /** The stream breaks off with the vendor's own word that it is overloaded. */
  overloaded: readonly Frame[];
  /** Says these words as this vendor says what is wrong. */
  refusal(status: number, said: string): Answer;
  /** How it says that there was too much. */
  tooLong: string;
  /** Tried so often again by the SDK before the core hears of it. */
  retries: number;
  list: Answer;
  models: readonly ModelInfo[];
};

const key = "key-that-nobody-may-see";
const text = "Grüße, Welt 🌍.";

export function vendorSuite(name: string, wire: Wire): void {
  const asking = (model = wire.model): ModelRequest => ({
    model,
    system: "You share a live Python with people.",
    messages: [{ role: "user", text: "hello" }],
    tools,
    session: "s",
    thinking: "low",
  });
  const start = async (script: Script) => {
    const vendor = await startVendor(script);
    onTestFinished(() => vendor.close());
    return { vendor, provider: wire.provider({ name, key, baseURL: vendor.url }) };
  };
  const running = () => new AbortController().signal;
  const hear = (provider: Provider, into?: ModelEvent[]) => all(provider.stream(asking(), running()), into);
  const fault = async (reading: Promise<unknown>): Promise<ProviderFault> => {
    const error = await reading.then(
      () => new Error("it went well"),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ProviderFault)) throw error;
    return error;
  };

  providerSuite(name, async () => {
    let answers = 0;
    const vendor = await startVendor(({ method, text: body, path }) => {
      if (method === "GET") return wire.list;
      if (`${path}${body}`.includes("no-such-model")) return wire.refusal(404, "there is no such model");
      return streaming(body.includes("count to two") ? wire.calls(answers++) : wire.words);
    });
    const calls: ModelRequest = { ...asking(), messages: [{ role: "user", text: "count to two" }] };
    return {
      provider: wire.provider({ name, key, baseURL: vendor.url }),
      words: asking(),
      calls,
      end: () => vendor.close(),
    };
  });

  describe(`vendor: ${name}`, () => {
    test("an answer means the same in whatever pieces it comes", async () => {
      const heard: ModelEvent[][] = [];
      for (const chunk of [Infinity, 1, 2, 7, 100]) {
        const { provider } = await start([streaming(wire.calls(1), { chunk }), streaming(wire.words, { chunk })]);
        heard.push([...merged(await hear(provider)), ...merged(await hear(provider))]);
      }
      expect(heard[0]!.filter(({ type }) => type === "call")).toMatchObject([
        { tool: "python", input: { code: "x = 1" } },
        { tool: "get_repr", input: { name: "x" } },
      ]);
      expect(wordsOf(heard[0]!)).toContain(text);
      for (const again of heard) expect(stripped(again)).toEqual(stripped(heard[0]!));
    });

    test("an answer cut at any byte is either whole or a fault that passes, and no call of it is half", async () => {
      const body = wire.calls(1);
      const { provider } = await start((asked) => {
        const [, cut = "Infinity"] = /cut at (\d+)/.exec(asked.text) ?? [];
        return streaming(body, { cut: Number(cut) });
      });
      const whole = await hear(provider);
      const wholeCalls = stripped(callsOf(whole));
      const cutAt = async (cut: number): Promise<void> => {
        const heard: ModelEvent[] = [];
        const request = { ...asking(), system: `cut at ${cut}` };
        const ended = await all(provider.stream(request, running()), heard).catch((error: unknown) => error);
        const calls = stripped(callsOf(heard));
        expect(calls).toEqual(wholeCalls.slice(0, calls.length));
        expect(wordsOf(whole).startsWith(wordsOf(heard))).toBe(true);
        if (heard.at(-1)?.type === "end") expect(stripped(heard)).toEqual(stripped(whole));
        else if (!(ended instanceof ProviderFault && ended.passes)) throw new Error(`cut at ${cut}`, { cause: ended });
      };
      const cuts = Array.from({ length: lengthOf(body) }, (_, cut) => cut);
      // Some at once: most of the time is spent waiting for sockets.
      while (cuts.length > 0) await Promise.all(cuts.splice(0, 16).map(cutAt));
      // A request for each byte: thousands, and machines differ.
    }, 180_000);

    test("what was said before a cut has been heard", async () => {
      const gate = Promise.withResolvers<void>();
      const { provider } = await start([
        streaming([...wire.words.slice(0, -1), gate.promise, "data"], { cut: lengthOf(wire.words.slice(0, -1)) + 1 }),
      ]);
      const heard: ModelEvent[] = [];
      const broke = await fault(
        (async () => {
          for await (const event of provider.stream(asking(), running())) {
            heard.push(event);
            if (wordsOf(heard) === text) gate.resolve();
          }
        })(),
      );
      expect(broke.kind).toBe("broken");
      expect(wordsOf(heard)).toBe(text);
    });

    test("a server that does not stream is understood all the same", async () => {
      const { provider } = await start([json(wire.plain)]);
      const events = await hear(provider);
      expect(wordsOf(events)).toBe(text);
      expect(events.at(-1)).toMatchObject({ type: "end", stop: "end" });
    });

    test.for(wire.stops)("an answer that stops for %s says so", async ([stop, frames]) => {
      const { provider } = await start([streaming(frames)]);
      expect((await hear(provider)).at(-1)).toMatchObject({ type: "end", stop });
    });

    test.for(wire.malformed)("arguments that are no JSON are passed on as what they are, not run", async (frames) => {
      const { provider } = await start([streaming(frames)]);
      expect(callsOf(await hear(provider))).toMatchObject([{ tool: "python", malformed: '{"code": "x = ' }]);
    });

    test("calls of unknown tools, and by ids used before, come as they are", async () => {
      const { provider } = await start([streaming(wire.strange)]);
      expect(callsOf(await hear(provider)).map(({ tool }) => tool)).toEqual(["no_such_tool", "no_such_tool"]);
    });

    test("an empty answer ends, and says nothing", async () => {
      const { provider } = await start([streaming(wire.empty)]);
      expect((await hear(provider)).filter(isAnswer)).toMatchObject([{ type: "end", stop: "end" }]);
    });

    test.for<[string, number, string]>([
      ["auth", 401, "who are you"],
      ["auth", 403, "not you"],
      ["payment", 402, "your balance is used up"],
      ["model", 404, "there is no such model"],
      ["overflow", 400, wire.tooLong],
      ["invalid", 400, "one of the messages is odd"],
      ["rate", 429, "slow down"],
      ["overloaded", 529, "too many people"],
      ["server", 500, "something is broken here"],
    ])("a refusal is understood as %s (%i), and repeated in the vendor's words", async ([kind, status, said]) => {
      const answer = wire.refusal(status, said);
      const { provider, vendor } = await start(() => ({
        ...answer,
        headers: { ...answer.headers, "retry-after-ms": "1" },
      }));
      const refused = await fault(hear(provider));
      expect([refused.kind, refused.message]).toEqual([kind, expect.stringContaining(`(${status}): ${said}`)]);
      expect(refused.message).toContain(name);
      expect(vendor.requests).toHaveLength(refused.passes ? 1 + wire.retries : 1);
    });

    test("a long wait that the server asks for is the core's to make", async () => {
      const answer = wire.refusal(429, "slow down");
      const { provider, vendor } = await start([{ ...answer, headers: { ...answer.headers, "retry-after": "30" } }]);
      const refused = await fault(hear(provider));
      expect([refused.kind, refused.retryAfter, vendor.requests.length]).toEqual(["rate", 30_000, 1]);
    });

    test("a vendor that gives up within an answer is understood", async () => {
      const { provider } = await start([streaming(wire.overloaded)]);
      const gaveUp = await fault(hear(provider));
      expect(gaveUp).toMatchObject({ kind: "overloaded", passes: true });
      // A sentence, not what it was cut from.
      expect(gaveUp.message).not.toContain("{");
    });

    test("what is no answer at all is a break", async () => {
      const page = "<html>Sign in to this network</html>";
      const { provider } = await start([
        { headers: { "content-type": "text/html" }, body: [page] },
        streaming(["data: {oops\n\n"]),
        json({ odd: true }),
      ]);
      for (let n = 0; n < 3; n++) expect((await fault(hear(provider))).kind).toBe("broken");
    });

    test("nobody there is a network's fault", async () => {
      const vendor = await startVendor([]);
      const provider = wire.provider({ name, key, baseURL: vendor.url });
      await vendor.close();
      expect(await fault(hear(provider))).toMatchObject({
        kind: "network",
        passes: true,
        message: expect.stringContaining(`nothing answers at ${vendor.url}; start the server there`) as string,
      });
      expect((await fault(provider.models())).kind).toBe("network");
    });

    test("an interrupt ends an answer that stalls, with its reason, and closes the connection", async () => {
      const { vendor, provider } = await start([streaming([...wire.words.slice(0, -1), stall])]);
      const abort = new AbortController();
      const reason = new DOMException("enough", "AbortError");
      const heard: ModelEvent[] = [];
      const reading = (async () => {
        for await (const event of provider.stream(asking(), abort.signal)) {
          heard.push(event);
          if (wordsOf(heard) === text) setImmediate(() => abort.abort(reason));
        }
      })();
      await expect(reading).rejects.toBe(reason);
      expect(await (await vendor.request(0)).over).toBe(true);
    });

    test("whoever leaves an answer closes the connection", async () => {
      const { vendor, provider } = await start([streaming([...wire.words.slice(0, -1), stall])]);
      for await (const event of provider.stream(asking(), running())) if (event.type === "text") break;
      expect(await (await vendor.request(0)).over).toBe(true);
    });

    test("the key goes to the server, and into no error, even if the server repeats it", async () => {
      const { vendor, provider } = await start(() => wire.refusal(401, `nobody has the key ${key}`));
      const refused = await fault(hear(provider));
      expect(JSON.stringify(vendor.requests[0]!.headers)).toContain(key);
      expect(vendor.requests[0]!.path).not.toContain(key);
      expect(inspect([refused, await fault(provider.models())], { depth: 20, showHidden: true })).not.toContain(key);
    });

    test("headers of the config reach the server", async () => {
      const { vendor } = await start([streaming(wire.words)]);
      const provider = wire.provider({ name, key, baseURL: vendor.url, headers: { "x-tenant": "blue" } });
      await hear(provider);
      expect(vendor.requests[0]!.headers["x-tenant"]).toBe("blue");
    });

    test("the same request is the same bytes", async () => {
      const { vendor, provider } = await start(() => streaming(wire.words));
      await hear(provider);
      await hear(provider);
      const [first, second] = vendor.requests;
      expect(second!.text).toBe(first!.text);
    });

    test("models are listed with what the vendor says of them", async () => {
      const { provider } = await start([wire.list]);
      expect(await provider.models()).toEqual(wire.models);
    });

    test("a list that is refused says why, and one that is interrupted ends", async () => {
      const { provider } = await start(() => wire.refusal(403, "not you"));
      expect(await fault(provider.models())).toMatchObject({
        kind: "auth",
        message: expect.stringContaining("not you"),
      });
      await expect(provider.models(AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    });
  });
}

const python = { type: "object", properties: { code: { type: "string" } }, required: ["code"] };
const getRepr = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
export const tools = [
  { name: "python", about: "Runs a cell.", input: python },
  { name: "get_repr", about: "Shows a value.", input: getRepr },
];

type Call = Extract<ModelEvent, { type: "call" }>;

const wordsOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === "text" ? event.text : "")).join("");
const callsOf = (events: readonly ModelEvent[]): Call[] => events.filter((event) => event.type === "call");

/** Words as one piece, and no signs of life. */
function merged(events: readonly ModelEvent[]): ModelEvent[] {
  const pieces: ModelEvent[] = [];
  for (const event of events) {
    const last = pieces.at(-1);
    if (!isAnswer(event)) continue;
    if ((event.type === "text" || event.type === "thinking") && last?.type === event.type)
      pieces[pieces.length - 1] = { ...event, text: last.text + event.text };
    else pieces.push(event);
  }
  return pieces;
}

/** Ids that an adapter makes up, where the vendor gives none, are others each time. */
const stripped = (events: readonly ModelEvent[]): unknown[] =>
  merged(events).map((event) =>
    event.type === "call" && event.callId.startsWith("made-up-") ? { ...event, callId: "" } : event,
  );
