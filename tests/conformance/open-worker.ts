import { parentPort, workerData } from "node:worker_threads";
import { loadInterpreter, type Places } from "../../packages/server/src/runtimes/pyodide/interpreter.ts";

/** The Python thread of a kernel whose bridge to JavaScript was left open: what holds when that seal is broken? */

const { config } = workerData as { config: Places };
const pyodide = await loadInterpreter(config);

const run = (code: string) => {
  try {
    return { ok: true, result: { text: String(pyodide.runPython(code)) } };
  } catch (error) {
    const { name, message } = error as Error;
    return { ok: false, error: { name, message: message.slice(-2000), traceback: "" } };
  }
};
parentPort?.on("message", ({ code }: { code: string }) => parentPort?.postMessage({ type: "reply", value: run(code) }));
parentPort?.postMessage({ type: "ready", python: "open" });
