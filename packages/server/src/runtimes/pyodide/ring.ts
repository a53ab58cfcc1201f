/**
 * Output on its way from the worker, which runs Python and never waits for its event loop, to the io thread. Bounded: a cell
 * that prints faster than anybody reads waits. One writer, one reader; positions only grow and are taken modulo the capacity.
 */

const capacity = 1 << 18;
const headerBytes = 3;
const maxPiece = 16 * 1024;
const wakeToLookForInterrupt = 20;

export const ringBytes = 8 + capacity;
export type Piece = { stream: 1 | 2; bytes: Uint8Array };

type Ring = { positions: Int32Array; data: Uint8Array };
const written = 0;
const taken = 1;

const view = (shared: SharedArrayBuffer): Ring => ({
  positions: new Int32Array(shared, 0, 2),
  data: new Uint8Array(shared, 8, capacity),
});

/** Writes all of it, or what fits until an interrupt; returns how much that was. `wake` is called when the reader had nothing left. */
export function ringWriter(shared: SharedArrayBuffer, wake: () => void, interrupted: () => boolean) {
  const { positions, data } = view(shared);

  const put = (position: number, bytes: Uint8Array) => {
    const at = position & (capacity - 1);
    const first = Math.min(bytes.length, capacity - at);
    data.set(bytes.subarray(0, first), at);
    data.set(bytes.subarray(first), 0);
  };

  const writePiece = (stream: 1 | 2, bytes: Uint8Array): boolean => {
    const end = Atomics.load(positions, written);
    for (;;) {
      const start = Atomics.load(positions, taken);
      if (capacity - ((end - start) | 0) >= headerBytes + bytes.length) break;
      if (interrupted()) return false;
      Atomics.wait(positions, taken, start, wakeToLookForInterrupt);
    }
    put(end, Uint8Array.of(stream, bytes.length & 255, bytes.length >> 8));
    put(end + headerBytes, bytes);
    Atomics.store(positions, written, (end + headerBytes + bytes.length) | 0);
    // In this order: either the reader sees the new end, or this sees that the reader was through with the old one.
    if (Atomics.load(positions, taken) === end) wake();
    return true;
  };

  return (stream: 1 | 2, bytes: Uint8Array): number => {
    for (let from = 0; from < bytes.length; from += maxPiece) {
      if (!writePiece(stream, bytes.subarray(from, from + maxPiece))) return from;
    }
    return bytes.length;
  };
}

/**
 * Takes what is there now; more may have come meanwhile, without a call of `wake`. Throws when the positions make no sense: the
 * worker's memory is within reach of people's code.
 */
export function ringReader(shared: SharedArrayBuffer) {
  const { positions, data } = view(shared);

  const get = (position: number, length: number): Uint8Array => {
    const at = position & (capacity - 1);
    const bytes = new Uint8Array(length);
    const first = Math.min(length, capacity - at);
    bytes.set(data.subarray(at, at + first));
    bytes.set(data.subarray(0, length - first), first);
    return bytes;
  };

  return (): Piece[] => {
    const pieces: Piece[] = [];
    const end = Atomics.load(positions, written);
    let at = Atomics.load(positions, taken);
    let left = (end - at) | 0;
    while (left !== 0) {
      const [stream = 0, low = 0, high = 0] = get(at, headerBytes);
      const size = headerBytes + (low | (high << 8));
      if ((stream !== 1 && stream !== 2) || left > capacity || left < size) {
        throw new Error("the output ring is corrupt");
      }
      pieces.push({ stream, bytes: get(at + headerBytes, size - headerBytes) });
      at = (at + size) | 0;
      left -= size;
    }
    Atomics.store(positions, taken, at);
    Atomics.notify(positions, taken);
    return pieces;
  };
}
