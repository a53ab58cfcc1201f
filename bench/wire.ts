import type { Attached, Frame, Method, ParamsOf, Recorded, ResultOf } from "../packages/protocol/src/index.ts";
import { protocolVersion, reducerVersion } from "../packages/protocol/src/index.ts";
import { connectLocal, type LocalOptions } from "../packages/protocol/src/client/local.ts";

/** A bare caller of the daemon: requests, and frames as they come. No fold, so that it measures the daemon and not itself. */
export type Caller = {
  ask<M extends Method>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  attach(sessionId: string): Promise<Attached>;
  /** Called with every frame of every session. Returns how to stop. */
  onFrames(listener: (frames: Frame[], sessionId: string) => void): () => void;
  /** The next recorded event of this type. */
  next(type: Recorded["event"]["type"], sessionId: string): Promise<Recorded>;
  close(): void;
};

type Incoming = {
  id?: number;
  result?: unknown;
  error?: { message: string };
  method?: string;
  params?: { sessionId: string; frames: Frame[] };
};

export function connect(options: LocalOptions): Promise<Caller> {
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  const listeners = new Set<(frames: Frame[], sessionId: string) => void>();
  let lastId = 0;

  return new Promise((resolve, reject) => {
    const wire = connectLocal(options)({
      opened() {
        const client = { name: "bench", version: "0", kind: "cli" } as const;
        const hello = { protocol: protocolVersion, reducer: reducerVersion, client };
        caller.ask("initialize", hello).then(() => resolve(caller), reject);
      },
      text(text) {
        const { id, result, error, method, params } = JSON.parse(text) as Incoming;
        if (id !== undefined) {
          const asked = waiting.get(id);
          waiting.delete(id);
          if (error) asked?.reject(new Error(error.message));
          else asked?.resolve(result as never);
        } else if (method === "session/frames" && params)
          for (const listener of listeners) listener(params.frames, params.sessionId);
      },
      closed: (code, reason) => {
        for (const asked of waiting.values()) asked.reject(new Error(`closed with ${code}: ${reason}`));
        reject(new Error(`closed with ${code}: ${reason}`));
      },
    });

    const caller: Caller = {
      ask: (method, params) =>
        new Promise((done, failed) => {
          waiting.set(++lastId, { resolve: done, reject: failed });
          wire.send(JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params }));
        }),
      attach: (sessionId) => caller.ask("session/attach", { sessionId }),
      onFrames(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      next: (type, sessionId) =>
        new Promise((found) => {
          const off = caller.onFrames((frames, from) => {
            if (from !== sessionId) return;
            const event = frames.find((frame) => "seq" in frame && frame.event.type === type);
            if (!event) return;
            off();
            found(event as Recorded);
          });
        }),
      close: () => wire.close(),
    };
  });
}
