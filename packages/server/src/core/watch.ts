import { ProviderFault } from "./faults.ts";
import type { Clock, ModelEvent, ModelRequest, Provider } from "./ports.ts";

/** How long a provider may be silent: before its first sign of life (a local model may have to load), and after. */
export type Patience = { first: number; between: number };
export const defaultPatience: Patience = { first: 600_000, between: 120_000 };

type Watch = { clock: Clock; patience(): Patience };

/**
 * A provider's stream, left at once when the signal says so, and given up when it goes silent: neither the SDKs'
 * time-outs nor a dead connection end a stream that just stops coming.
 */
export async function* watched(
  provider: Provider,
  request: ModelRequest,
  { clock, patience }: Watch,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void> {
  const { first, between } = patience();
  const own = new AbortController();
  let lived = clock.now();
  const lives = () => void (lived = clock.now());
  const stream = provider.stream(request, AbortSignal.any([signal, own.signal]), lives)[Symbol.asyncIterator]();
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(signal.reason);
  left.promise.catch(() => {}); // raced below; where nothing races any more it must not count as unhandled
  signal.addEventListener("abort", leave, { once: true });
  try {
    for (let silence = first; ; silence = between) {
      signal.throwIfAborted();
      const quiet = Promise.withResolvers<never>();
      quiet.promise.catch(() => {});
      let cancel = () => {};
      const wait = (ms: number) => {
        cancel = clock.after(ms, () => {
          const rest = lived + silence - clock.now();
          if (rest > 0) wait(rest);
          else
            quiet.reject(
              new ProviderFault("stalled", provider.name, request.model, { said: `for ${silence / 1000} s` }),
            );
        });
      };
      lives();
      wait(silence);
      try {
        const next = await Promise.race([stream.next(), left.promise, quiet.promise]);
        if (next.done) return;
        yield next.value;
      } finally {
        cancel();
      }
    }
  } finally {
    signal.removeEventListener("abort", leave);
    own.abort();
    // Not awaited: a stream that hangs would hang here too.
    void stream.return?.().then(
      () => {},
      () => {},
    );
  }
}
