import { parentPort, workerData } from "node:worker_threads";
import { checkpoints } from "./checkpoints.ts";
import { installDevice, say } from "./device.ts";
import { fileSystemOf } from "./filesystem.ts";
import { loadInterpreter } from "./interpreter.ts";
import { ringWriter } from "./ring.ts";
import { closeBridge } from "./seal.ts";
import { interruptBuffer, type WorkerData } from "./shared.ts";

/** The thread that runs Python. While it does, nothing else here moves: interrupts and output go through shared memory. */

const { shared, config, answers } = workerData as WorkerData;
const interruptByte = new Uint8Array(shared.interrupt);
const interrupted = () => Atomics.load(interruptByte, 0) !== 0;

const pyodide = await loadInterpreter(config);
const fs = fileSystemOf(pyodide);
installDevice(fs, new Int32Array(shared.bell), interrupted, answers);

const write = ringWriter(shared.output, () => say({ type: "output" }), interrupted);
pyodide.setStdout({ write: (bytes: Uint8Array) => write(1, bytes) });
pyodide.setStderr({ write: (bytes: Uint8Array) => write(2, bytes) });
pyodide.setStdin({ error: true });
pyodide.setInterruptBuffer(interruptBuffer(interruptByte));

type Door = { connect(): string; handle(request: string): string };
const door = pyodide.pyimport("_daimon.embedded") as Door;
const python = door.connect();
const memory = checkpoints(pyodide);
closeBridge();

type Request = { type: string; checkpoint?: unknown };
const serve = (request: Request): unknown => {
  if (request.type === "checkpoint") {
    const checkpoint = memory.take();
    return checkpoint === undefined ? {} : { checkpoint };
  }
  if (request.type === "restore") return { restored: memory.restore(String(request.checkpoint)) };
  return JSON.parse(door.handle(JSON.stringify(request)));
};

parentPort?.on("message", (request: Request) => {
  try {
    say({ type: "reply", value: serve(request) });
  } catch (error) {
    // An interrupt came between the lines of the door itself: there is no answer, and nothing is broken.
    if ((error as { type?: unknown }).type === "KeyboardInterrupt") return say({ type: "reply", value: null });
    // The door answers for everything else that Python raises: what arrives here means that the interpreter is broken.
    say({ type: "failed", why: whyItEnded(error as Error & { status?: unknown }) });
  }
});

function whyItEnded(error: Error & { status?: unknown }): string {
  if (typeof error.status === "number") return `Python exited with status ${error.status}`;
  return `Python broke down: ${error.name}: ${error.message}`.slice(0, 2000);
}

say({ type: "ready", python });
