import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";

/** Imports a dangerous and a harmless function and exports a call of each, and a memory of one page that may become a hundred. */
const wasm = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[2, 39, 2, 3, ...Buffer.from("env"), 16, ...Buffer.from("__syscall_socket"), 0, 0],
  ...[3, ...Buffer.from("env"), 8, ...Buffer.from("harmless"), 0, 0],
  ...[3, 3, 2, 0, 0],
  ...[5, 4, 1, 1, 1, 100],
  ...[7, 23, 3, 6, ...Buffer.from("memory"), 2, 0, 3, ...Buffer.from("cut"), 0, 2, 4, ...Buffer.from("kept"), 0, 3],
  ...[10, 11, 2, 4, 0, 0x10, 0, 0x0b, 4, 0, 0x10, 1, 0x0b],
]);

/** Runs in a sealed thread and tells what it says. */
async function inSealedThread(script: string): Promise<unknown> {
  const seal = JSON.stringify(new URL("./seal.ts", import.meta.url).href);
  const code = `
    import { parentPort, workerData } from "node:worker_threads";
    import { sealAfterLoading, sealBeforeLoading } from ${seal};
    const attempt = async (what) => { try { return await what(); } catch (error) { return error.message; } };
    const page = 65536;
    sealBeforeLoading(4 * page, 2 * page);
    parentPort.postMessage(await (async () => { ${script} })());`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData: wasm });
  const [said] = (await once(worker, "message")) as [unknown];
  await worker.terminate();
  return said;
}

describe("a sealed thread", () => {
  it("gives WebAssembly no function that reaches the host", async () => {
    const said = await inSealedThread(`
      const imports = { env: { __syscall_socket: () => 7, harmless: () => 7 } };
      const { instance } = await WebAssembly.instantiate(workerData, imports);
      const { cut, kept } = instance.exports;
      return { cut: cut(), kept: kept(), linkedLater: imports.env.__syscall_socket() };`);
    expect(said).toEqual({ cut: -52, kept: 7, linkedLater: -52 });
  });

  it("begins with room for an image and never has more memory than it may", async () => {
    const said = await inSealedThread(`
      const { instance } = await WebAssembly.instantiate(workerData, { env: { __syscall_socket: () => 7, harmless: () => 7 } });
      const { memory } = instance.exports;
      const begun = memory.buffer.byteLength / page;
      memory.grow(2);
      return { begun, grown: memory.buffer.byteLength / page, more: await attempt(() => memory.grow(1)) };`);
    expect(said).toEqual({ begun: 2, grown: 4, more: "the memory of this Python is used up" });
  });

  it("has no process, no network, and after loading no files and nothing to import", async () => {
    const said = await inSealedThread(`
      sealAfterLoading();
      return {
        globals: ["process", "fetch", "WebSocket", "EventSource", "BroadcastChannel", "read", "readbuffer"]
          .filter((name) => name in globalThis),
        net: await attempt(() => import("node:net")),
        module: await attempt(() => import("data:text/javascript,export default 1")),
      };`);
    const sealed = "this Python is sealed";
    expect(said).toEqual({ globals: [], net: sealed, module: sealed });
  });

  it("has randomness all the same", async () => {
    const said = await inSealedThread(`
      const give = (count) => Buffer.from(os.system("sh", ["-c", "head -c" + count + " /dev/urandom | base64"]), "base64");
      return { size: give(32).length, differs: !give(32).equals(give(32)) };`);
    expect(said).toEqual({ size: 32, differs: true });
  });
});
