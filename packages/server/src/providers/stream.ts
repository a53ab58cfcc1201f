import { ProviderFault } from "../core/faults.ts";
import type { ModelEvent } from "../core/ports.ts";
import { type Faults, rootOf, type Trouble, VendorError } from "./faults.ts";

type Streaming = {
  model: string;
  signal: AbortSignal;
  faults: Faults;
  /** What the SDK's error says; undefined where it is none of a vendor's answers. */
  explain(error: unknown): Trouble | undefined;
  /** The vendor's answer as our events. Its signal is aborted when nobody listens any more. */
  open(signal: AbortSignal): AsyncIterable<ModelEvent>;
};

/**
 * What every adapter promises beside its vendor's events: whoever leaves closes the connection, an abort ends with its
 * reason, trouble is a `ProviderFault`, and an answer without an end broke off.
 */
export async function* streamed({ model, signal, faults, explain, open }: Streaming): AsyncGenerator<ModelEvent, void> {
  signal.throwIfAborted();
  const own = new AbortController();
  let began = false;
  try {
    for await (const event of open(AbortSignal.any([signal, own.signal]))) {
      // What had come already is not said any more.
      signal.throwIfAborted();
      began = true;
      yield event;
      if (event.type === "end") return;
    }
    signal.throwIfAborted();
    throw faults(model, { said: "it has no end" }, "broken");
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw faultIn(error, model, faults, troubleIn(error, explain), began);
  } finally {
    own.abort();
  }
}

/** For what is asked outside a stream, such as a list of models. */
export async function asked<T>(
  { signal, faults, explain }: Pick<Streaming, "faults" | "explain"> & { signal: AbortSignal | undefined },
  answer: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await answer();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const trouble = troubleIn(error, explain);
    // A 404 here is an address without such a list, no model that is missing.
    const named = trouble?.status === 404 ? { said: `404, ${trouble.said ?? "it lists no models"}` } : trouble;
    throw faultIn(error, "", faults, named, false);
  }
}

const troubleIn = (error: unknown, explain: Streaming["explain"]): Trouble | undefined =>
  error instanceof VendorError ? error.trouble : explain(error);

function faultIn(
  error: unknown,
  model: string,
  faults: Faults,
  trouble: Trouble | undefined,
  began: boolean,
): ProviderFault {
  if (error instanceof ProviderFault) return error;
  // Not as a cause: what a vendor answers may repeat the key, and all it says of use is said.
  if (trouble) return faults(model, trouble, "server");
  const root = rootOf(error);
  // Only what failed on its way has a code: an answer that cannot be understood has none.
  const onTheWay = "code" in root && typeof root.code === "string";
  return faults(model, { said: root.message }, onTheWay && !began ? "network" : "broken", error);
}
