import { ProviderFault } from "../../packages/server/src/core/faults.ts";
import type { ModelEvent, ModelRequest, Provider } from "../../packages/server/src/core/ports.ts";
import { describe, expect, test } from "vitest";

/** A provider with something that answers behind it: rules, a recorded stream, a local server. */
export type ProviderPlace = {
  provider: Provider;
  /** Answered in words, in more than one piece. */
  words: ModelRequest;
  /** Answered with at least one call of a tool that the request gives. */
  calls: ModelRequest;
  end?(): Promise<void>;
};

/** What every provider promises to the core. Nothing here knows how one talks to its models. */
export function providerSuite(name: string, make: () => ProviderPlace | Promise<ProviderPlace>): void {
  const within = async (body: (place: ProviderPlace) => Promise<void>): Promise<void> => {
    const place = await make();
    try {
      await body(place);
    } finally {
      await place.end?.();
    }
  };
  const running = () => new AbortController().signal;

  describe(`provider: ${name}`, () => {
    for (const kind of ["words", "calls"] as const) {
      test(`an answer in ${kind} has exactly one end, and nothing comes after it`, () =>
        within(async ({ provider, ...requests }) => {
          const events = await all(provider.stream(requests[kind], running()));
          expect(events.filter(({ type }) => type === "end")).toHaveLength(1);
          expect(events.at(-1)).toMatchObject({ type: "end", stop: kind === "words" ? "end" : "calls" });
        }));

      test(`an answer in ${kind} is counted in whole tokens, and a cost is never negative`, () =>
        within(async ({ provider, ...requests }) => {
          const end = (await all(provider.stream(requests[kind], running()))).find(({ type }) => type === "end");
          if (end?.type !== "end") throw new Error("no end");
          for (const count of Object.values(end.usage ?? {})) expect(count).toSatisfy(isCount);
          expect(end.usage?.input).toBeGreaterThan(0);
          expect(end.usage?.output).toBeGreaterThan(0);
          expect(end.cost ?? 0).toBeGreaterThanOrEqual(0);
        }));
    }

    test("words come in pieces, none of them empty", () =>
      within(async ({ provider, words }) => {
        const events = await all(provider.stream(words, running()));
        const pieces = events.flatMap((event) =>
          event.type === "text" || event.type === "thinking" ? [event.text] : [],
        );
        expect(pieces.length).toBeGreaterThan(1);
        expect(pieces).not.toContain("");
      }));

    test("calls name tools that were given, with an object as input, and no two share an id", () =>
      within(async ({ provider, calls }) => {
        const both = [
          await all(provider.stream(calls, running())),
          await all(provider.stream(calls, running())),
        ].flat();
        const made = both.filter((event) => event.type === "call");
        expect(made.length).toBeGreaterThan(1);
        for (const { tool, input, callId } of made) {
          expect(calls.tools.map(({ name: given }) => given)).toContain(tool);
          expect(input).toBeTypeOf("object");
          expect(callId).not.toBe("");
        }
        expect(new Set(made.map(({ callId }) => callId)).size).toBe(made.length);
      }));

    test("a request that was interrupted before it began is not answered", () =>
      within(async ({ provider, words }) => {
        const seen: ModelEvent[] = [];
        await expect(all(provider.stream(words, AbortSignal.abort()), seen)).rejects.toMatchObject({
          name: "AbortError",
        });
        expect(seen).toEqual([]);
      }));

    test("an interrupt in the middle of an answer stops it there", () =>
      within(async ({ provider, words }) => {
        const abort = new AbortController();
        const seen: ModelEvent[] = [];
        const reading = (async () => {
          for await (const event of provider.stream(words, abort.signal)) {
            seen.push(event);
            abort.abort();
          }
        })();
        await expect(reading).rejects.toMatchObject({ name: "AbortError" });
        expect(seen).toHaveLength(1);
      }));

    test("whoever leaves an answer ends it, and can ask again", () =>
      within(async ({ provider, words }) => {
        const iterator = provider.stream(words, running())[Symbol.asyncIterator]();
        expect((await iterator.next()).done).toBe(false);
        await iterator.return?.();
        expect(await iterator.next()).toEqual({ done: true, value: undefined });
        expect((await all(provider.stream(words, running()))).at(-1)).toMatchObject({ type: "end" });
      }));

    test("two answers at once do not mix", () =>
      within(async ({ provider, words }) => {
        const alone = said(await all(provider.stream(words, running())));
        const together = await Promise.all(
          [1, 2, 3].map(async () => said(await all(provider.stream(words, running())))),
        );
        expect(together).toEqual([alone, alone, alone]);
      }));

    test("every model it lists answers", () =>
      within(async ({ provider, words }) => {
        const models = await provider.models();
        expect(models.length).toBeGreaterThan(0);
        for (const { id, name: shown, context = 1, output = 1 } of models) {
          expect(shown).not.toBe("");
          expect([context, output]).toSatisfy((sizes: number[]) => sizes.every((size) => isCount(size) && size > 0));
          const events = await all(provider.stream({ ...words, model: id }, running()));
          expect(events.at(-1)).toMatchObject({ type: "end" });
        }
      }));

    test("a model it does not have is refused, naming it", () =>
      within(async ({ provider, words }) => {
        const refusal = await all(provider.stream({ ...words, model: "no-such-model" }, running())).catch(
          (error: unknown) => error,
        );
        expect(refusal).toBeInstanceOf(ProviderFault);
        expect(refusal).toMatchObject({ kind: "model", message: expect.stringContaining("no-such-model") });
      }));

    test("answering leaves the conversation as it was", () =>
      within(async ({ provider, words, calls }) => {
        for (const request of [words, calls]) {
          const before = structuredClone(request);
          await all(provider.stream(request, running()));
          expect(request).toEqual(before);
        }
      }));
  });
}

export async function all(stream: AsyncIterable<ModelEvent>, into: ModelEvent[] = []): Promise<ModelEvent[]> {
  for await (const event of stream) into.push(event);
  return into;
}

const said = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === "text" ? event.text : "")).join("");
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;

/** Part of the answer, and not only about it. */
export const isAnswer = ({ type }: ModelEvent): boolean => type !== "alive" && type !== "usage";
