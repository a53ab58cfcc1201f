import type { PyodideAPI } from "pyodide";

/**
 * Between two requests nothing of Python is on a stack: its linear memory is all of it, generators, locks and lambdas included.
 * A checkpoint is a copy of that memory, kept in this process. Files that Python wrote are not in it.
 */

const kept = 4;
const maxBytes = 512 * 1024 * 1024;

export function checkpoints(pyodide: PyodideAPI) {
  const { _module: module } = pyodide as unknown as { _module: { HEAPU8: Uint8Array } };
  const copies = new Map<string, Uint8Array>();
  let taken = 0;

  const held = () => [...copies.values()].reduce((sum, copy) => sum + copy.length, 0);

  return {
    take: (): string | undefined => {
      const copy = copyOf(module.HEAPU8);
      if (copy === undefined) return undefined;
      copies.set(String(++taken), copy);
      for (const oldest of copies.keys()) {
        if (copies.size <= kept && held() <= maxBytes) break;
        copies.delete(oldest);
      }
      return String(taken);
    },
    restore: (checkpoint: string): boolean => {
      const copy = copies.get(checkpoint);
      if (copy === undefined) return false;
      // Memory never shrinks; what was added since then is as it was when it was new.
      module.HEAPU8.set(copy);
      module.HEAPU8.fill(0, copy.length);
      return true;
    },
  };
}

function copyOf(memory: Uint8Array): Uint8Array | undefined {
  try {
    return memory.slice();
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the machine has no room for it
    throw error;
  }
}
