import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Takes away from the worker whatever could reach the host, before any Python exists. WebAssembly can call only what it
 * imports, and JavaScript, should Python get hold of it, finds no process, no files, no network and no way to make new code
 * (the process runs with --disallow-code-generation-from-strings). Pyodide itself is told it stands in a bare shell, so its
 * bridges to Node (NODEFS, child_process, ws) are never built.
 */

/** The part of WebAssembly that is wrapped here; TypeScript knows it only together with a browser. */
type Imports = Record<string, Record<string, unknown>>;
type Memory = { buffer: ArrayBuffer; grow(pages: number): number };
/** Made from a compiled module it is the instance itself; Pyodide's own is made from bytes. */
type Instantiated = { instance?: { exports: { memory?: Memory } } };
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Memory: { prototype: Memory };
    instantiate: (source: unknown, imports?: Imports) => Promise<Instantiated>;
  };
};

const pageBytes = 65536;
const pathOf = (place: string) => (place.startsWith("file:") ? fileURLToPath(place) : place);
/** A file in a buffer of its own, which can be given back when it was copied to where it is used. */
export function readWhole(path: string): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
}

const refuse = () => {
  throw new Error("this Python is sealed");
};

const unwanted = [
  "process",
  "fetch",
  "Request",
  "Response",
  "Headers",
  "FormData",
  "WebSocket",
  "EventSource",
  "BroadcastChannel",
  "navigator",
  "localStorage",
  "sessionStorage",
];

/** What Pyodide has read, kept by its closures for as long as it lives. */
const given: ArrayBuffer[] = [];

/** `memory` bounds what Python may ever have; it begins with at least `initially`, room for a memory image. */
export function sealBeforeLoading(memory: number, initially: number): void {
  const read = (place: string) => readFileSync(pathOf(place), "utf8");
  const readbuffer = (place: string) => {
    const buffer = readWhole(pathOf(place));
    given.push(buffer);
    return buffer;
  };
  // What Pyodide expects of a bare JavaScript shell. Its random bytes come from a command there; here only from this function.
  Object.assign(globalThis, { read, readbuffer, load: refuse, os: { system: randomBytes } });
  for (const name of unwanted) Reflect.deleteProperty(globalThis, name);
  limitMemory(memory);
  cutImports(initially);
}

function randomBytes(_shell: string, args: string[]): string {
  const count = Number(/head -c(\d+)/.exec(args[1] ?? "")?.[1] ?? 0);
  return Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(count, 65536)))).toString("base64");
}

/** Python sees MemoryError at this size, and the machine stays usable. */
function limitMemory(bytes: number): void {
  const memory = WebAssembly.Memory.prototype;
  const grow = Object.getOwnPropertyDescriptor(memory, "grow")?.value as (this: Memory, pages: number) => number;
  memory.grow = function (this: Memory, pages: number) {
    if (this.buffer.byteLength + pages * pageBytes > bytes)
      throw new RangeError("the memory of this Python is used up");
    return grow.call(this, pages);
  };
}

/** Commands, scripts, sockets, and modules of machine code that people could bring along. */
const dangerous = new RegExp(
  [
    "system|popen|fork|exec[lv]|worker",
    "run_script|asm_const",
    "fetch|wget|websocket",
    "__syscall_(socket|connect|bind|listen|accept|send|recv|shutdown|getpeer|getsock)",
    "dlopen",
  ].join("|"),
);
const notImplemented = -52;
const noHandle = 0;

/** The imports object is also the one that side modules would be linked against, so what is cut stays cut. */
function cutImports(initially: number): void {
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (source, imports) => {
    const env = imports?.["env"] ?? {};
    for (const name of Object.keys(env)) {
      if (dangerous.test(name)) env[name] = () => (name.includes("dlopen") ? noHandle : notImplemented);
    }
    const made = await instantiate(source, imports);
    const memory = made.instance?.exports.memory;
    const missing = initially - (memory?.buffer.byteLength ?? initially);
    if (missing > 0) memory?.grow(Math.ceil(missing / pageBytes));
    return made;
  };
}

/** After loading nothing needs to read or import any more. */
export function sealAfterLoading(): void {
  for (const name of ["read", "readbuffer", "load"]) Reflect.deleteProperty(globalThis, name);
  registerHooks({ resolve: refuse, load: refuse });
  for (const buffer of given) buffer.transfer(0);
}
