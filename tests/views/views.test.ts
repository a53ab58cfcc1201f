import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  applyEvent,
  emptyView,
  isEntry,
  knownEvent,
  type Recorded,
  type SessionView,
} from "../../packages/protocol/src/index.ts";
import {
  Recorded as RecordedSchema,
  SessionEvent,
  SessionView as ViewSchema,
} from "../../packages/protocol/src/schema/index.ts";
import { fits } from "../../packages/server/src/check.ts";

/** What people see, given what happened: one file a promise. `absent` names what must not be there. */
type Fixture = {
  description: string;
  given: Recorded[];
  expect: object;
  absent?: string[];
  /** Holds events that no schema of ours knows. */
  unchecked?: true;
};

const fixtures = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({
    name,
    ...(JSON.parse(readFileSync(join(import.meta.dirname, name), "utf8")) as Fixture),
  }));

const impossible = (what: string) => {
  throw new Error(what);
};
const fold = (given: readonly Recorded[], view: SessionView = emptyView): SessionView =>
  given.reduce((seen, recorded) => applyEvent(seen, recorded, impossible), view);

test.for(fixtures)("$name: $description", ({ given, expect: expected, absent = [], unchecked }) => {
  const view = fold(deepFreeze(given));
  expect(view).toMatchObject(expected);
  for (const path of absent) expect(at(view, path.split("."))).toBeUndefined();
  if (!unchecked) for (const recorded of given) expect(fits(RecordedSchema, recorded)).toBe(true);
  expect(fits(ViewSchema, view)).toBe(true);
  // Told again, nothing changes; told in two parts, with the view sent over a wire between, neither.
  expect(fold(given, view)).toBe(view);
  for (let cut = 0; cut < given.length; cut++) {
    const sent = JSON.parse(JSON.stringify(fold(given.slice(0, cut)))) as SessionView;
    expect(fold(given.slice(cut), sent)).toEqual(view);
  }
});

test("what completes a thing grows the tree at the head, and nothing else does", () => {
  for (const { given } of fixtures) {
    let view = emptyView;
    for (const recorded of given) {
      if (knownEvent(recorded.event.type)) {
        const grows = isEntry(view, recorded.event);
        expect(recorded.parent).toBe(grows ? view.head : undefined);
      }
      view = applyEvent(view, recorded, impossible);
    }
  }
});

test("every event has a fixture", () => {
  const shown = new Set<string>(fixtures.flatMap(({ given }) => given.map(({ event }) => event.type)));
  const types = SessionEvent.anyOf.map(({ properties }) => properties.type.const);
  expect(types.filter((type) => !shown.has(type))).toEqual([]);
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

const at = (value: unknown, [first, ...rest]: string[]): unknown =>
  first === undefined || typeof value !== "object" || value === null ? value : at(Reflect.get(value, first), rest);
