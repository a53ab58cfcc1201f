import type { Connect, Wire } from "@daimon/protocol/client";
import type { Reach } from "./daemon.ts";

/** A way to a daemon that is still being loaded: what is asked of it waits. */
export function later(loading: Promise<Reach>): Reach {
  return {
    connect: connectLater(loading),
    put: async (text) => (await loading).put(text),
    onLoss: async (loss) => (await loading).onLoss(loss),
    wanted: () => {},
    onStopped: (tell) => void loading.then((reach) => reach.onStopped(tell)).catch(() => {}),
  };
}

function connectLater(loading: Promise<Reach>): Connect {
  return (events) => {
    let wire: Wire | undefined;
    let left = false;
    loading.then(
      (reach) => {
        if (!left) wire = reach.connect(events);
      },
      (error: Error) => events.closed(1006, error.message),
    );
    return {
      send: (text) => wire?.send(text),
      close(...how) {
        left = true;
        wire?.close(...how);
      },
    };
  };
}
