import { expect, onTestFinished } from "vitest";
import type {
  EventOf,
  EventType,
  Limits,
  Method,
  ParamsOf,
  Recorded,
  SessionView,
} from "../../packages/protocol/src/index.ts";
import type { Action, Timed } from "../model/actions.ts";
import type { Attempt } from "../model/asking.ts";
import { perform } from "../model/perform.ts";
import { sessions, World } from "../model/world.ts";

/** What the world outside does; in the first session where no other is said. */
type Outside<A> = A extends { by: number } ? never : A extends { at: number } ? Omit<A, "at"> & { at?: number } : A;

/** The world of the model with one session, told step by step what happens in it. */
export class Scene {
  readonly world: World;
  readonly id = sessions[0];

  private constructor(world: World) {
    this.world = world;
  }

  static async begin({ sealed = true, limits = {} }: { sealed?: boolean; limits?: Limits } = {}): Promise<Scene> {
    const world = new World(sealed, limits);
    onTestFinished(async () => {
      world.disk.release();
      await world.end();
      expect(world.truth.wrongs).toEqual([]);
    });
    await world.start();
    return new Scene(world);
  }

  /** As the log has it. */
  get view(): SessionView {
    return this.world.truth.view(this.id);
  }

  events<T extends EventType>(type: T): (Recorded & { event: EventOf<T> })[] {
    return this.world.truth
      .events(this.id)
      .filter((one): one is Recorded & { event: EventOf<T> } => one.event.type === type);
  }

  /** A command by the first client, and what became of it. */
  async ask<M extends Method>(
    method: M,
    params: Omit<ParamsOf<M>, "sessionId" | "opId">,
    session: string = this.id,
  ): Promise<Attempt> {
    const attempt = this.world.asking.ask(this.world.client(0), method, { sessionId: session, ...params });
    await this.world.quiet();
    return attempt;
  }

  /** What the world outside does: models, tools, Python, the disk. */
  async do(...actions: Outside<Action>[]): Promise<void> {
    for (const action of actions) await perform(this.world, { at: 0, ...action, pause: 12 } as Timed);
  }

  async later(ms: number): Promise<void> {
    await this.do({ do: "time", ms });
  }

  /** The running cell ends well, and made these variables. */
  end(session: string, made: readonly string[]): void {
    const variables = made.map((name) => ({ name, type: "int", preview: "42" }));
    this.world.python.live(session)?.running?.end({ ok: true, variables });
  }
}
