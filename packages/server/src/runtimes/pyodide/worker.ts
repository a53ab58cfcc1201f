import { parentPort, workerData } from "node:worker_threads";
import { installDevice, say } from "./device.ts";
import { loadInterpreter } from "./interpreter.ts";
import { ringWriter } from "./ring.ts";
import type { WorkerData } from "./shared.ts";

/** The thread that runs Python. While it does, nothing else here moves: interrupts and output go through shared memory. */

const { shared, config, answers } = workerData as WorkerData;
const interruptByte = new Uint8Array(shared.interrupt);
const bell = new Int32Array(shared.bell);
const interrupted = () => Atomics.load(interruptByte, 0) !== 0;

const pyodide = await loadInterpreter(config);
const fs = pyodide.FS as unknown as Parameters<typeof installDevice>[0];
installDevice(fs, bell, interrupted, answers);

const write = ringWriter(shared.output, () => say({ type: "output" }), interrupted);
const printer = (stream: 1 | 2) => ({
  write: (bytes: Uint8Array): number => {
    const count = write(stream, bytes);
    if (count === 0 && bytes.length > 0) throw new fs.ErrnoError(27);
    return count;
  },
});
pyodide.setStdout(printer(1));
pyodide.setStderr(printer(2));
pyodide.setStdin({ error: true });
pyodide.setInterruptBuffer(interruptByte);

const door = pyodide.pyimport("_daimon.kernel") as { connect(): void; handle(request: string): string };
door.connect();
const handle = door.handle;
const python = pyodide.runPython("import sys; sys.version.split()[0]") as string;

parentPort?.on("message", (request: object) => {
  try {
    const value: unknown = JSON.parse(handle(JSON.stringify(request)));
    say({ type: "reply", value });
  } catch (error) {
    // The door answers for everything that Python raises: what arrives here means that the interpreter is broken.
    say({ type: "failed", why: String(error).slice(0, 2000) });
  }
});
say({ type: "ready", python });
