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

/** `memory` bounds what Python may ever have; it begins with at least `initially`, room for a memory image. */
export function sealBeforeLoading(memory: number, initially: number): void {
  const read = (place: string) => readFileSync(pathOf(place), "utf8");
  const readbuffer = (place: string) => new Uint8Array(readFileSync(pathOf(place))).buffer;
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

const dangerous =
  /system|run_script|_fetch|wget|websocket|worker|dlopen_js|asm_const|__syscall_(socket|connect|bind|listen|accept|send|recv|shutdown|getaddr|getpeer|getsock)|popen|fork|exec[lv]/;
const notImplemented = -52;

/** The imports object is the one that side modules are linked against later, so what is cut stays cut for them. */
function cutImports(initially: number): void {
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (source, imports) => {
    const env = imports?.["env"] ?? {};
    for (const name of Object.keys(env)) {
      if (dangerous.test(name)) env[name] = () => notImplemented;
    }
    const made = await instantiate(source, imports);
    const memory = made.instance?.exports.memory;
    if (memory !== undefined && memory.buffer.byteLength < initially)
      memory.grow(Math.ceil((initially - memory.buffer.byteLength) / pageBytes));
    return made;
  };
}

/** After loading nothing needs to read or import any more. */
export function sealAfterLoading(): void {
  for (const name of ["read", "readbuffer", "load"]) Reflect.deleteProperty(globalThis, name);
  registerHooks({ resolve: refuse, load: refuse });
}
